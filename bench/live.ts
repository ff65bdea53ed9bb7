import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BareBroadcast } from './support/bare-broadcast.js';
import { HubApi } from './support/hub-api.js';
import type { CrowdOptions, CrowdReport } from './support/live-crowd.js';
import { cpuSecondsOf, startHub } from './support/server-process.js';
import { perSecond, quantile } from './support/statistics.js';

/*
 * Many subscribers that all want everything: what reaches them, how late, and how fast the hub hands out against a bare broadcast over ws
 * of the same bytes in the same run. Twice the same events go through both:
 *   spaced   100 a second, in a frame and a send each. Both keep up, so what is compared is the processor time of a frame. The hub also has to
 *            accept and to write what the bare one is given: what that takes is measured before anybody listens, and told apart.
 *   at once  a hundred in a request, and a frame a turn or a hundred in one. What it takes to accept them is in the hub's rate.
 * BENCH_SUBSCRIBERS, BENCH_SECONDS, BENCH_BURST: how many, how long, how many events at once.
 */
const SUBSCRIBERS = Number(process.env.BENCH_SUBSCRIBERS ?? 1000);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
const BURST = Number(process.env.BENCH_BURST ?? 1000);
const EVERY_MS = 10;
const AT_ONCE = 100;
const WANTED_RATIO = 0.7;
/** As long as nothing comes, before the rest is taken for lost. */
const QUIET_MS = 5000;
const LOOK_MS = 50;

const start = (file: string): ChildProcess =>
  fork(fileURLToPath(new URL(`support/${file}.ts`, import.meta.url)), { execArgv: ['--import', 'tsx'] });

/** One of the two that hand out, with those who listen to it. */
interface Side {
  readonly pid: number;
  readonly crowd: ChildProcess;
}

/** What came of handing out some events. */
interface Measured {
  readonly frames: number;
  readonly bytes: number;
  readonly misplaced: number;
  readonly latencies: readonly number[];
  /** Of all subscribers together, in a second. */
  readonly rate: number;
  /** Processor time of a frame, in microseconds. */
  readonly cpuUs: number;
}

const crowdOn = async (options: CrowdOptions): Promise<ChildProcess> => {
  const crowd = start('live-crowd');
  crowd.send(options);
  await once(crowd, 'message');
  return crowd;
};

const measure = async ({ pid, crowd }: Side, events: number, handOut: () => Promise<unknown>): Promise<Measured> => {
  const cpuBefore = cpuSecondsOf(pid);
  const began = Date.now();
  await handOut();
  const all: CrowdReport[] = [];
  let frames = 0;
  for (let quietMs = 0; frames < events * SUBSCRIBERS && quietMs < QUIET_MS; ) {
    await pause(LOOK_MS);
    crowd.send('report');
    const [report] = (await once(crowd, 'message')) as [CrowdReport];
    quietMs = report.frames === 0 ? quietMs + LOOK_MS : 0;
    frames += report.frames;
    all.push(report);
  }
  const lastAt = Math.max(...all.map((report) => report.lastAt));
  return {
    frames,
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    misplaced: Math.max(...all.map(({ misplaced }) => misplaced)),
    latencies: all.flatMap(({ latencies }) => latencies),
    rate: (frames * 1000) / (lastAt - began),
    cpuUs: ((cpuSecondsOf(pid) - cpuBefore) * 1e6) / frames,
  };
};

const message = { from: 'Producer', channel: 'bench', type: 'bench', payload: { text: 'x'.repeat(200) } };

const hub = await startHub();
const api = new HubApi(hub);

const postSpaced = async (count: number): Promise<void> => {
  const began = performance.now();
  for (let sent = 0; sent < count; sent++) {
    await pause(Math.max(0, began + sent * EVERY_MS - performance.now()));
    await api.call('POST', '/v1/messages', message);
  }
};
const postAtOnce = async (count: number): Promise<void> => {
  const body = JSON.stringify(Array.from({ length: AT_ONCE }, () => message));
  for (let sent = 0; sent < count; sent += AT_ONCE) await api.call('POST', '/v1/messages', body);
};

/** The frames of the hub since a number, to be broadcast again. */
const framesSince = async (after: number): Promise<string[]> => {
  const frames: string[] = [];
  for (let cursor: string | null = String(after); cursor !== null; ) {
    const path: string = `/v1/events?types=message.sent&limit=1000&after=${cursor}`;
    const page: { items: readonly object[]; nextCursor: string | null } = await api.call('GET', path);
    for (const event of page.items) frames.push(`{"op":"event","sub":"a",${JSON.stringify(event).slice(1)}`);
    cursor = page.nextCursor;
  }
  return frames;
};

interface Sides {
  readonly live: Side;
  readonly bare: Side;
  readonly server: ChildProcess;
}

/** The same events through the hub, and their frames through the bare one, at each of these paces. */
const throughBoth = async (
  { events, post, paces }: { events: number; post: typeof postSpaced; paces: readonly Omit<BareBroadcast, 'frames'>[] },
  { live, bare, server }: Sides,
): Promise<[hub: Measured, ...bare: Measured[]]> => {
  const before = await api.call<{ events: { lastSeq: number } }>('GET', '/v1/stats');
  const ofHub = await measure(live, events, () => post(events));
  const frames = await framesSince(before.events.lastSeq);
  const ofBare: Measured[] = [];
  for (const pace of paces) {
    const handOut = async () => server.send({ frames, ...pace } satisfies BareBroadcast);
    const measured = await measure(bare, events, handOut);
    if (measured.bytes !== ofHub.bytes) console.log(`NOT the same bytes: ${ofHub.bytes} and ${measured.bytes}`);
    ofBare.push(measured);
  }
  return [ofHub, ...ofBare];
};

const heardOf = ({ frames, misplaced }: Measured, events: number): string =>
  `${frames} of ${events * SUBSCRIBERS} frames heard, ${misplaced} out of order`;

const lateness = ({ latencies }: Measured): string => {
  const [middle, late, latest] = [0.5, 0.99, 1].map((part) => Math.round(quantile(latencies, part)));
  return `p50 ${middle} ms, p99 ${late} ms (must be below 250), most ${latest} ms`;
};

const us = (microseconds: number): string => `${microseconds.toFixed(2)} us`;
const mustReach = (ratio: number): string => `${ratio.toFixed(2)} (must reach ${WANTED_RATIO})`;

const spaced = async (sides: Sides, acceptUs: number): Promise<void> => {
  const events = (SECONDS * 1000) / EVERY_MS;
  const paces = [{ everyMs: EVERY_MS, aTurn: 1 }];
  const [ofHub, ofBare] = (await throughBoth({ events, post: postSpaced, paces }, sides)) as [Measured, Measured];
  const fanOutUs = ofHub.cpuUs - acceptUs / SUBSCRIBERS;
  console.log(`${SUBSCRIBERS} subscribers, ${1000 / EVERY_MS} events/s`);
  console.log(`  hub      ${heardOf(ofHub, events)}, ${lateness(ofHub)}`);
  console.log(`  bare ws  ${heardOf(ofBare, events)}, ${lateness(ofBare)}`);
  console.log(
    `  processor a frame: hub ${us(ofHub.cpuUs)}, of which ${us(fanOutUs)} to hand out; bare ws ${us(ofBare.cpuUs)}`,
  );
  console.log(
    `  ratio ${mustReach(ofBare.cpuUs / fanOutUs)}; with what it takes to accept ${(ofBare.cpuUs / ofHub.cpuUs).toFixed(2)}`,
  );
};

const atOnce = async (sides: Sides): Promise<void> => {
  const paces = [1, AT_ONCE].map((aTurn) => ({ everyMs: 0, aTurn }));
  const measured = await throughBoth({ events: BURST, post: postAtOnce, paces }, sides);
  const [ofHub, one, many] = measured as [Measured, Measured, Measured];
  console.log(`${SUBSCRIBERS} subscribers, ${BURST} events at once`);
  console.log(`  hub                        ${perSecond(ofHub.rate)} frames, ${heardOf(ofHub, BURST)}`);
  console.log(`  bare ws, a frame a turn    ${perSecond(one.rate)} frames`);
  console.log(`  bare ws, a hundred a turn  ${perSecond(many.rate)} frames`);
  console.log(`  ratio ${mustReach(ofHub.rate / Math.max(one.rate, many.rate))} to the better one`);
};

/** Processor time of the hub to accept an event while nobody listens, in microseconds. */
const acceptance = async (): Promise<number> => {
  const events = Math.max(200, (SECONDS * 1000) / EVERY_MS / 4);
  await postSpaced(events); // warm
  const before = cpuSecondsOf(hub.pid);
  await postSpaced(events);
  return ((cpuSecondsOf(hub.pid) - before) * 1e6) / events;
};

const server = start('bare-broadcast');
const crowds: ChildProcess[] = [];
try {
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];
  await api.register('Producer');
  const acceptUs = await acceptance();
  crowds.push(await crowdOn({ url: hub.url, key: hub.key, subscribers: SUBSCRIBERS }));
  crowds.push(await crowdOn({ url: `http://127.0.0.1:${port}`, key: 'none', subscribers: SUBSCRIBERS }));
  const live = { pid: hub.pid, crowd: crowds[0]! };
  const sides = { live, bare: { pid: server.pid!, crowd: crowds[1]! }, server };
  await spaced(sides, acceptUs);
  await atOnce(sides);
  console.log(`The hub holds ${Math.round(hub.memoryMb())} MB.`);
} finally {
  for (const crowd of crowds) crowd.send('end');
  server.disconnect();
  await api.close();
  await hub.stop();
}
