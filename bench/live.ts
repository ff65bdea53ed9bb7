import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { HubApi } from './support/hub-api.js';
import type { CrowdOptions, CrowdReport } from './support/live-crowd.js';
import { type ServerProcess, startHub } from './support/server-process.js';
import { perSecond, quantile } from './support/statistics.js';

/*
 * Many subscribers that all want everything: what reaches them, how late, and how fast the hub hands out against a bare broadcast over ws
 * of the same bytes in the same run. BENCH_SUBSCRIBERS, BENCH_SECONDS, BENCH_BURST: how many, how long, how many events at once.
 */
const SUBSCRIBERS = Number(process.env.BENCH_SUBSCRIBERS ?? 1000);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
const BURST = Number(process.env.BENCH_BURST ?? 1000);
const PER_SECOND = 100;

const start = (file: string): ChildProcess =>
  fork(fileURLToPath(new URL(`support/${file}.ts`, import.meta.url)), { execArgv: ['--import', 'tsx'] });

const crowdOn = async (options: CrowdOptions): Promise<ChildProcess> => {
  const crowd = start('live-crowd');
  crowd.send(options);
  await once(crowd, 'message');
  return crowd;
};

/** What was heard since the report before, when it is `frames`, or no more comes. */
const heard = async (crowd: ChildProcess, expected: number): Promise<CrowdReport> => {
  const all: CrowdReport[] = [];
  for (let frames = 0, quiet = 0; frames < expected && quiet < 25; ) {
    await pause(200);
    crowd.send('report');
    const [report] = (await once(crowd, 'message')) as [CrowdReport];
    quiet = report.frames === 0 ? quiet + 1 : 0;
    frames += report.frames;
    all.push(report);
  }
  return {
    frames: all.reduce((sum, { frames }) => sum + frames, 0),
    misplaced: Math.max(...all.map(({ misplaced }) => misplaced)),
    latencies: all.flatMap(({ latencies }) => latencies),
    tookMs: all.reduce((sum, { tookMs }) => sum + tookMs, 0),
  };
};

const message = { from: 'Producer', channel: 'bench', type: 'bench', payload: { text: 'x'.repeat(200) } };

const steadily = async (api: HubApi, crowd: ChildProcess): Promise<void> => {
  const count = PER_SECOND * SECONDS;
  const began = performance.now();
  for (let sent = 0; sent < count; sent++) {
    await pause(Math.max(0, began + (sent * 1000) / PER_SECOND - performance.now()));
    await api.call('POST', '/v1/messages', message);
  }
  const { frames, misplaced, latencies } = await heard(crowd, count * SUBSCRIBERS);
  const late = [0.5, 0.99, 1].map((part) => Math.round(quantile(latencies, part)));
  console.log(
    `${SUBSCRIBERS} subscribers, ${PER_SECOND} events/s: ${frames} of ${count * SUBSCRIBERS} heard, ${misplaced} out of order, ` +
      `p50 ${late[0]} ms, p99 ${late[1]} ms (must be below 250), most ${late[2]} ms`,
  );
};

const burst = async (api: HubApi, crowd: ChildProcess): Promise<number> => {
  const batches = BURST / 100;
  const body = JSON.stringify(Array.from({ length: 100 }, () => message));
  const began = performance.now();
  for (let batch = 0; batch < batches; batch++) await api.call('POST', '/v1/messages', body);
  return await rateOf(crowd, began);
};

const rateOf = async (crowd: ChildProcess, began: number): Promise<number> => {
  let frames = 0;
  while (frames < BURST * SUBSCRIBERS) {
    await pause(50);
    crowd.send('report');
    const [report] = (await once(crowd, 'message')) as [CrowdReport];
    frames += report.frames;
  }
  return (frames * 1000) / (performance.now() - began);
};

/** The event frames of the hub, to be broadcast again. */
const framesOf = async (api: HubApi): Promise<readonly string[]> => {
  const { items } = await api.call<{ items: readonly object[] }>('GET', `/v1/events?types=message.sent&limit=${BURST}`);
  return items.map((event) => `{"op":"event","sub":"a",${JSON.stringify(event).slice(1)}`);
};

const bare = async (frames: readonly string[]): Promise<number> => {
  const server = start('bare-broadcast');
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  const crowd = await crowdOn({ url: `http://127.0.0.1:${port}`, key: 'none', subscribers: SUBSCRIBERS });
  const began = performance.now();
  server.send({ frames });
  const rate = await rateOf(crowd, began);
  crowd.send('end');
  server.disconnect();
  return rate;
};

const cpuPerFrame = (hub: ServerProcess, before: number, frames: number): string =>
  `${(((hub.cpuSeconds() - before) * 1e6) / frames).toFixed(2)} us of processor a frame`;

const hub = await startHub();
const api = new HubApi(hub);
await api.register('Producer');
const crowd = await crowdOn({ url: hub.url, key: hub.key, subscribers: SUBSCRIBERS });
try {
  const before = hub.cpuSeconds();
  await steadily(api, crowd);
  console.log(
    `  the hub: ${cpuPerFrame(hub, before, PER_SECOND * SECONDS * SUBSCRIBERS)}, ${Math.round(hub.memoryMb())} MB`,
  );
  const live = await burst(api, crowd);
  const alone = await bare(await framesOf(api));
  console.log(`hub, ${BURST} events at once     ${perSecond(live)} frames`);
  console.log(`bare ws, the same bytes    ${perSecond(alone)} frames`);
  console.log(`ratio ${(live / alone).toFixed(2)} (must reach 0.7)`);
} finally {
  crowd.send('end');
  await api.close();
  await hub.stop();
}
