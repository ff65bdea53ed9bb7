import { setMaxListeners } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { compileHub } from '../tests/support/compiled-hub.js';
import { startPostgres } from '../tests/support/postgres-server.js';
import { batchProgram } from './test-batch.js';
import { TestTally } from './test-tally.js';

// `npm test [-- part of a path ...]`: batches of files, each batch in a process of its own, which gets this one's `--import tsx`. To load
// the hub takes longer than most files' tests: with a process a file, it took half as long again. With `--postgres`, as in `npm run check`,
// the contract tests run a second time, on PostgreSQL. With `--again`, also as there, a file in which something failed is named and run
// once more, alone: the tests meet real processes, and on a busy machine one may come too late. The last line is the sum.

const FILES_A_BATCH = 20;
const BATCH_TIMEOUT_MS = 600_000;
/** One more than there are cores: a test waits for other processes as often as it works. */
const BATCHES_AT_ONCE = availableParallelism() + 1;
/** More than that is no accident of a busy machine. */
const MOST_AGAIN = 40;

const root = fileURLToPath(new URL('..', import.meta.url));

const testFiles = (parts: readonly string[]): string[] =>
  (readdirSync(join(root, 'tests'), { recursive: true }) as string[])
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('tests', path))
    .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)))
    .sort()
    .map((path) => join(root, path));

/** @param names of modules without their path, with `|` between */
const imports = (file: string, names: string): boolean =>
  new RegExp(`from '([./a-z-]+/)?(${names})(\\.js)?'`).test(readFileSync(file, 'utf8'));

/** Half a minute and more, each: begun last, they would be waited for when all others are done. */
const longest = ['agents/agent-chaos', 'cluster/chaos', 'cli/examples', 'messages/broker-crash'];
const isLongest = (file: string): boolean => longest.some((part) => file.endsWith(`/tests/${part}.test.ts`));

/** The longest alone and first, the others dealt out like cards: neighbours in a folder take about equally long, so the batches do too. */
const dealOut = (files: readonly string[], filesABatch: number): string[][] => {
  const others = files.filter((file) => !isLongest(file));
  const batches: string[][] = Array.from({ length: Math.ceil(others.length / filesABatch) }, () => []);
  for (const [position, file] of others.entries()) batches[position % batches.length]?.push(file);
  return [...files.filter(isLongest).map((file) => [file]), ...batches];
};

/** @returns programs that load the files of one batch each, with the tests on one of the databases */
const writeBatches = (
  folder: string,
  batches: readonly (readonly string[])[],
  database: 'sqlite' | 'postgres',
): [program: string, files: readonly string[]][] =>
  batches.map((batch, number) => {
    const program = join(folder, `${database}-${number + 1}.mjs`);
    writeFileSync(program, batchProgram(batch, database));
    return [program, batch];
  });

/** What is promised on both databases, */
const contracts = [
  'agents/agent-recovery',
  'agents/agent-retention',
  'agents/approvals/approvals.',
  'agents/context/templates',
  'agents/costs/costs.',
  'channels/',
  'conversations/',
  'events/event-cause',
  'events/event-socket',
  'keys/',
  'messages/',
  'metrics/metrics',
  'modules/',
  'tasks/',
  'tracing/',
  'webhooks/event-webhooks.',
];

/** but for those who need no hub, or look into the files of SQLite. */
const isContract = (file: string): boolean =>
  contracts.some((part) => file.includes(`/tests/${part}`)) &&
  imports(file, 'agent-hub|broker-bench|shared-hub|task-bench|test-hub') &&
  !imports(file, 'better-sqlite3|test-database');

/** Most runs of a few files need no server, whose start takes a second. */
const asksForPostgres = (file: string): boolean => imports(file, 'database-url|cluster');

/** One for all batches, where there are several: to compile it takes seconds. @returns how it is taken away again */
const compileForAll = async (): Promise<() => void> => {
  const folder = mkdtempSync(join(tmpdir(), 'granger-compiled-'));
  await compileHub(folder);
  process.env.GRANGER_TEST_COMPILED = folder;
  return () => rmSync(folder, { recursive: true, force: true });
};

const stopOnSignal = (): AbortSignal => {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // the runner adds one a batch
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  return stop.signal;
};

interface Plan {
  readonly files: readonly string[];
  readonly filesABatch: number;
  readonly atOnce: number;
}

/** Runs the files on SQLite, and with `isBoth` those that are contracts on PostgreSQL too. @returns the files of each batch */
const runFiles = async (
  { files, filesABatch, atOnce }: Plan,
  { tally, isBoth, signal }: { tally: TestTally; isBoth: boolean; signal: AbortSignal },
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const folder = mkdtempSync(join(tmpdir(), 'granger-batches-'));
  const batches = new Map([
    ...writeBatches(folder, dealOut(files, filesABatch), 'sqlite'),
    ...(isBoth ? writeBatches(folder, dealOut(files.filter(isContract), filesABatch), 'postgres') : []),
  ]);
  try {
    const events = run({ files: [...batches.keys()], concurrency: atOnce, timeout: BATCH_TIMEOUT_MS, signal });
    const counted = events.map((event) => {
      tally.add(event);
      return event;
    });
    await pipeline(counted, new spec(), process.stdout, { end: false });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return batches;
};

process.chdir(root);
const options = process.argv.slice(2);
const isBoth = options.includes('--postgres');
const isPatient = options.includes('--again');
const files = testFiles(options.filter((option) => !option.startsWith('--')));
const tally = new TestTally(files);
if (files.length > 0) {
  const signal = stopOnSignal();
  const [postgres, removeCompiled] = await Promise.all([
    isBoth || files.some(asksForPostgres) ? startPostgres() : undefined,
    files.length > FILES_A_BATCH ? compileForAll() : undefined,
  ]);
  if (postgres !== undefined) process.env.GRANGER_TEST_POSTGRES = postgres.url;
  try {
    const inRun = { tally, isBoth, signal };
    const batches = await runFiles({ files, filesABatch: FILES_A_BATCH, atOnce: BATCHES_AT_ONCE }, inRun);
    const failed = tally.failedFiles;
    const again = [...new Set(failed.flatMap((file) => batches.get(file) ?? [file]))];
    if (isPatient && again.length > 0 && again.length <= MOST_AGAIN && !signal.aborted) {
      console.log(`\nFailed beside others, and run again, each alone:\n${again.map((file) => `  ${file}\n`).join('')}`);
      tally.forget(failed, again);
      await runFiles({ files: again, filesABatch: 1, atOnce: 1 }, inRun);
    }
  } finally {
    await postgres?.stop();
    removeCompiled?.();
  }
  if (signal.aborted) tally.abort();
}
for (const file of tally.emptyFiles) console.error(`${file} holds no test, or was not reached.`);
if (files.length === 0) console.error('No test ran.');
// A program that a test left behind may hold its pipe open: end now.
process.stdout.write(`${tally.summary}\n`, () => process.exit(tally.isSuccess ? 0 : 1));
