import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DirectSide, HubSide, type SideOptions } from './support/agent-sides.js';
import { startOfflineProcess } from './support/offline-process.js';
import { StampWatcher } from './support/stamp-watcher.js';
import { median, quantile } from './support/statistics.js';

/*
 * What the hub costs a turn: the real CLI against the stand-in, driven directly over stdin and stdout and through the hub, in one run on
 * one machine; quote the ratios, not the times. BENCH_TURNS: warm turns a side. BENCH_COLD: cold starts a side.
 */
const WARM_TURNS = Number(process.env.BENCH_TURNS ?? 100);
const COLD_STARTS = Number(process.env.BENCH_COLD ?? 5);
const STAMPED_TURNS = 40;
const UNMEASURED_TURNS = 5;
/** A process that has had no message says nothing, so nothing tells when it has settled. */
const SETTLE_MS = 2500;

const cli = fileURLToPath(new URL('../node_modules/.bin/claude', import.meta.url));
const stampingCli = fileURLToPath(new URL('support/stamping-claude.mjs', import.meta.url));

const ms = (value: number): string => `${value.toFixed(1)} ms`.padStart(11);

const row = (name: string, values: readonly number[]): void =>
  console.log(
    `${name.padEnd(38)}${String(values.length).padStart(5)}${ms(median(values))}${ms(quantile(values, 0.95))}`,
  );

/** Turn about, so that what else goes on in the machine hits all sides. @returns the times of each */
const alternate = async (turns: number, sides: readonly (() => Promise<number>)[]): Promise<number[][]> => {
  const times: number[][] = sides.map(() => []);
  for (let turn = -UNMEASURED_TURNS; turn < turns; turn++) {
    for (let place = 0; place < sides.length; place++) {
      const side = (turn + UNMEASURED_TURNS + place) % sides.length;
      const tookMs = await sides[side]!();
      if (turn >= 0) times[side]!.push(tookMs);
    }
  }
  return times;
};

const coldStarts = async (direct: DirectSide, hub: HubSide): Promise<void> => {
  const times: Record<'direct' | 'warmed' | 'hub', number[]> = { direct: [], warmed: [], hub: [] };
  for (let round = 0; round < COLD_STARTS; round++) {
    const start = performance.now();
    const agent = await direct.start();
    await direct.turn(agent);
    times.direct.push(performance.now() - start);
    await agent.stop();
    times.hub.push(await hub.turn(`cold-${round}`));
    const warmed = await direct.start();
    await pause(SETTLE_MS);
    times.warmed.push(await direct.turn(warmed));
    await warmed.stop();
  }
  row('cold, direct', times.direct);
  row('cold, through the hub', times.hub);
  row('pre-warmed, direct', times.warmed);
};

const warmTurns = async (direct: DirectSide, hub: HubSide, loose: HubSide): Promise<void> => {
  const agent = await direct.start();
  const sides = [() => direct.turn(agent), () => hub.turn(), () => loose.turn()];
  const [directMs = [], hubMs = [], looseMs = []] = await alternate(WARM_TURNS, sides);
  await agent.stop();
  row('warm, direct', directMs);
  row('warm, through the hub', hubMs);
  row('the same, GRANGER_DURABILITY=normal', looseMs);
  const ratio = median(hubMs) / median(directMs);
  const share = median(hubMs.map((tookMs, turn) => tookMs - directMs[turn]!));
  console.log(`${'warm, hub / direct, medians'.padEnd(38)}${ratio.toFixed(3).padStart(13)}   (at most 1.3, aim 1.15)`);
  console.log(`${"the hub's own share of a turn".padEnd(43)}${ms(share)}   (aim 5 ms)`);
};

/** The driver has the CLI write its session to the disk at once; this says what that costs a turn. */
const eagerFlush = async (eager: DirectSide, lazy: DirectSide): Promise<void> => {
  const [first, second] = [await eager.start(), await lazy.start()];
  const [eagerMs = [], lazyMs = []] = await alternate(WARM_TURNS, [() => eager.turn(first), () => lazy.turn(second)]);
  await Promise.all([first.stop(), second.stop()]);
  row('warm, direct, session flushed eagerly', eagerMs);
  row('warm, direct, session flushed lazily', lazyMs);
};

const firstOutput = async (options: SideOptions): Promise<void> => {
  const hub = await HubSide.start({ ...options, program: stampingCli, environment: { BENCH_CLAUDE: cli } });
  try {
    const watcher = await StampWatcher.open(hub.process);
    for (let turn = 0; turn < STAMPED_TURNS; turn++) await hub.turn();
    await watcher.close();
    row('CLI prints -> WebSocket client has it', watcher.agesMs);
  } finally {
    await hub.stop();
  }
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
  const loose = await HubSide.start({ ...optionsIn('loose'), settings: { GRANGER_DURABILITY: 'normal' } });
  closers.push(() => loose.stop());
  console.log(`${''.padEnd(38)}turns     median        p95`);
  await warmTurns(direct, hub, loose);
  await loose.stop();
  await coldStarts(direct, hub);
  await hub.stop();
  await firstOutput(optionsIn('stamps'));
  await eagerFlush(direct, lazy);
} finally {
  await closeAll();
}
