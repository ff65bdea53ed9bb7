import { runCrowd } from './support/crowd.js';
import { claimAtDepth } from './support/depth.js';
import { HubApi } from './support/hub-api.js';
import { consume, consumeRate, hundred, message, sendRate } from './support/hub-rates.js';
import { longPollLatencies } from './support/latency.js';
import { type ServerProcess, startBareRoute, startHub } from './support/server-process.js';
import { median, perSecond, quantile } from './support/statistics.js';

/*
 * The broker against a bare Fastify route, in one run on one machine; quote the ratios, not the rates. BENCH_SECONDS: each measure.
 * BENCH_ONLY=single,batch: only these.
 */
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const CROWD_SECONDS = Number(process.env.BENCH_CROWD_SECONDS ?? 60);
const only = process.env.BENCH_ONLY?.split(',');
const isAsked = (name: string): boolean => only === undefined || only.includes(name);

const report = (name: string, rate: number, bare: number, target: number): void => {
  const ratio = rate / bare;
  console.log(`${name.padEnd(34)} ${perSecond(rate)}   ${ratio.toFixed(2)} of bare   (must reach ${target})`);
};

const withHub = async (work: (hub: ServerProcess, api: HubApi) => Promise<void>): Promise<void> => {
  const hub = await startHub();
  const api = new HubApi(hub);
  try {
    await api.register('Producer');
    await api.register('Worker');
    await work(hub, api);
  } finally {
    await api.close();
    await hub.stop();
  }
};

const rateOf = (server: ServerProcess, body: unknown, connections: number): Promise<number> =>
  sendRate(server, { body, connections, seconds: SECONDS });

const throughput = async (): Promise<void> => {
  const bareRoute = await startBareRoute();
  const figures = { bare: [] as number[], single: [] as number[], batch: [] as number[], consume: [] as number[] };
  await rateOf(bareRoute, message, 32);
  for (let round = 0; round < ROUNDS; round++) {
    figures.bare.push(await rateOf(bareRoute, message, 32));
    await withHub(async (hub, api) => {
      if (isAsked('single')) figures.single.push(await rateOf(hub, message, 32));
      if (isAsked('batch')) figures.batch.push(100 * (await rateOf(hub, hundred, 8)));
      if (isAsked('consume')) {
        await consume(api);
        figures.consume.push(await consumeRate([api], 20_000 * Math.ceil(SECONDS / 2)));
      }
    });
  }
  await bareRoute.stop();
  const bare = median(figures.bare);
  console.log(`bare Fastify route, 32 connections ${perSecond(bare)}`);
  if (isAsked('single')) report('single sends, 32 connections', median(figures.single), bare, 0.65);
  if (isAsked('batch')) report('batch sends, 100 a request', median(figures.batch), bare, 2.0);
  if (isAsked('consume')) report('claim 100 + complete 100, 4 of them', median(figures.consume), bare, 1.5);
};

const latency = async (): Promise<void> => {
  const hub = await startHub();
  const times = await longPollLatencies(hub, 500);
  await hub.stop();
  console.log(
    `send to a waiting claim, idle hub    p50 ${median(times).toFixed(2)} ms   p99 ${quantile(times, 0.99).toFixed(2)} ms   (must be under 2 and 10)`,
  );
};

const depth = async (count: number, state: 'pending' | 'done'): Promise<void> => {
  const { emptyMs, filledMs, memoryMb } = await claimAtDepth(count, state);
  const name = `claim of 10, ${count.toLocaleString('en')} ${state}`;
  const ratio = (filledMs / emptyMs).toFixed(2);
  console.log(
    `${name.padEnd(34)} ${filledMs.toFixed(2)} ms, empty ${emptyMs.toFixed(2)} ms   ${ratio} of empty   hub ${Math.round(memoryMb)} MB   (must be at most 1.5, under 250 MB)`,
  );
};

const crowd = async (modules: number): Promise<void> => {
  const { sent, completed, doubled, perSecond: rate, memoryMb } = await runCrowd(modules, CROWD_SECONDS);
  const verdict = sent === completed && doubled === 0 ? 'none lost, none doubled' : 'LOST OR DOUBLED';
  console.log(
    `${modules} modules side by side, ${CROWD_SECONDS} s   ${sent} sent, ${completed} completed, ${doubled} doubled: ${verdict}   ${perSecond(rate)}   hub ${Math.round(memoryMb)} MB`,
  );
  if (sent !== completed || doubled > 0) process.exitCode = 1;
};

if (['single', 'batch', 'consume'].some(isAsked)) await throughput();
if (isAsked('latency')) await latency();
if (isAsked('depth')) {
  await depth(1_000_000, 'pending');
  await depth(5_000_000, 'done');
}
if (isAsked('crowd')) {
  await crowd(20);
  await crowd(200);
}
