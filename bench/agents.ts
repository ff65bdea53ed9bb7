import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BothSides, coldRounds, prewarmedRounds, warmRounds } from './support/agent-rounds.js';
import { DirectSide, HubSide, message, type SideOptions } from './support/agent-sides.js';
import { HubApi } from './support/hub-api.js';
import { startOfflineProcess } from './support/offline-process.js';
import { startBareRoute } from './support/server-process.js';
import { StampWatcher } from './support/stamp-watcher.js';
import { median, quantile } from './support/statistics.js';

/*
 * What the hub costs a turn: the real CLI against the stand-in, driven directly over stdin and stdout and through the hub, turn about in
 * one run on one machine; quote the ratios, not the times. Cold is a process a message, pre-warmed a process that waits for its first
 * message, warm one that has had some. BENCH_TURNS: warm rounds. BENCH_COLD: cold and pre-warmed rounds.
 */
const WARM_ROUNDS = Number(process.env.BENCH_TURNS ?? 100);
const COLD_ROUNDS = Number(process.env.BENCH_COLD ?? 3);
const STAMPED_TURNS = 100;
const UNMEASURED_TURNS = 20;
const AT_ONCE = [1, 4, 8];
const NANOSECONDS_A_MS = 1e6;

const cli = fileURLToPath(new URL('../node_modules/.bin/claude', import.meta.url));
const stampingCli = fileURLToPath(new URL('support/stamping-claude.mjs', import.meta.url));

const ms = (value: number): string => `${value.toFixed(1)} ms`.padStart(11);

const row = (name: string, values: readonly number[]): void =>
  console.log(
    `${name.padEnd(42)}${String(values.length).padStart(5)}${ms(median(values))}${ms(quantile(values, 0.95))}`,
  );

const rows = (name: string, { direct, hub }: BothSides): void => {
  row(`${name}, direct`, direct);
  row(`${name}, through the hub`, hub);
};

interface Limit {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly most?: number;
  readonly least?: number;
}

const limits: Limit[] = [];

const tellLimits = (): void => {
  console.log(`\n${''.padEnd(58)}measured     limit`);
  for (const { name, value, unit, most, least } of limits) {
    const isMet = value <= (most ?? Number.POSITIVE_INFINITY) && value >= (least ?? 0);
    const limit = most === undefined ? `>= ${least}` : `<= ${most}`;
    console.log(
      `${name.padEnd(56)}${`${value.toFixed(2)}${unit}`.padStart(10)}${`${limit}${unit}`.padStart(11)}  ${isMet ? 'met' : 'MISSED'}`,
    );
  }
};

const everyWarmth = async (direct: DirectSide, hub: HubSide, conversations: number): Promise<void> => {
  const label = (warmth: string): string => `${warmth}${conversations === 1 ? '' : `, ${conversations} at once`}`;
  const rounds = Math.max(1, Math.round(COLD_ROUNDS / Math.sqrt(conversations)));
  const cold = await coldRounds(direct, hub, { rounds, conversations });
  rows(label('cold'), cold);
  rows(label('pre-warmed'), await prewarmedRounds(direct, hub, { rounds, conversations }));
  const warm = await warmRounds(direct, hub, { rounds: Math.ceil(WARM_ROUNDS / conversations), conversations });
  rows(label('warm'), warm);
  const value = median(warm.hub) / median(warm.direct);
  limits.push({ name: label('warm, hub / direct, medians'), value, unit: '', most: 1.15 });
  if (conversations > 1) return;
  const faster = median(cold.direct) / median(warm.hub);
  limits.push({ name: 'a process a message / warm through the hub', value: faster, unit: '', least: 15 });
  const shares = warm.hub.map((tookMs, turn) => tookMs - warm.direct[turn]!);
  limits.push({
    name: "the hub's own share, hub - direct, median of pairs",
    value: median(shares),
    unit: ' ms',
    most: 5,
  });
};

/** What is not between the CLI's being asked and its answer is the hub's, the client's way to it included. */
const stampedTurns = async (options: SideOptions): Promise<void> => {
  const hub = await HubSide.start({ ...options, program: stampingCli, environment: { BENCH_CLAUDE: cli } });
  const bare = await startBareRoute();
  const bareApi = new HubApi(bare);
  try {
    const watcher = await StampWatcher.open(hub.process);
    const shares: number[] = [];
    const roundTrips: number[] = [];
    for (let turn = -UNMEASURED_TURNS; turn < STAMPED_TURNS; turn++) {
      const { tookMs, response } = await hub.answer();
      const [, askedAt = '', doneAt = ''] = /<asked at (\d+), done at (\d+)>/.exec(response) ?? [];
      const askedBareAt = performance.now();
      await bareApi.call('POST', '/v1/messages', message);
      roundTrips.push(performance.now() - askedBareAt);
      if (turn >= 0) shares.push(tookMs - Number(BigInt(doneAt) - BigInt(askedAt)) / NANOSECONDS_A_MS);
    }
    await watcher.close();
    const ages = watcher.agesMs.slice(UNMEASURED_TURNS);
    row("the hub's own share, by timestamps", shares);
    row('the client and a route that does nothing', roundTrips.slice(UNMEASURED_TURNS));
    row('CLI prints -> WebSocket client has it', ages);
    limits.push({ name: "the hub's own share, by timestamps, median", value: median(shares), unit: ' ms', most: 5 });
    limits.push({ name: 'first output at a WebSocket client, median', value: median(ages), unit: ' ms', most: 5 });
  } finally {
    await bareApi.close();
    await bare.stop();
    await hub.stop();
  }
};

/** What the disk has to do with it: the hub without its fsyncs, and the CLI without the one that the driver asks for. */
const withoutDisk = async (direct: DirectSide, loose: HubSide): Promise<void> => {
  const { direct: lazy, hub } = await warmRounds(direct, loose, { rounds: WARM_ROUNDS, conversations: 1 });
  row('warm, direct, session flushed lazily', lazy);
  row('warm, hub with GRANGER_DURABILITY=normal', hub);
};

const root = await mkdtemp(join(tmpdir(), 'granger-bench-'));
const closers: (() => Promise<void>)[] = [() => rm(root, { recursive: true, force: true })];
const closeAll = async (): Promise<void> => {
  for (const close of closers.splice(0).reverse()) await close();
};
process.once('SIGINT', () => void closeAll().then(() => process.exit(130)));
try {
  const api = await startOfflineProcess();
  closers.push(api.stop);
  const optionsIn = (name: string): SideOptions => ({ folder: join(root, name), program: cli, apiUrl: api.url });
  const direct = new DirectSide(optionsIn('direct'));
  const lazy = new DirectSide({ ...optionsIn('lazy'), environment: { CLAUDE_CODE_EAGER_FLUSH: '' } });
  closers.push(
    () => direct.stop(),
    () => lazy.stop(),
  );
  const hub = await HubSide.start(optionsIn('hub'));
  closers.push(() => hub.stop());
  console.log(`${''.padEnd(42)}turns     median        p95`);
  for (const conversations of AT_ONCE) await everyWarmth(direct, hub, conversations);
  await hub.stop();
  await stampedTurns(optionsIn('stamps'));
  const loose = await HubSide.start({ ...optionsIn('loose'), settings: { GRANGER_DURABILITY: 'normal' } });
  closers.push(() => loose.stop());
  await withoutDisk(lazy, loose);
} finally {
  await closeAll();
}
tellLimits();
