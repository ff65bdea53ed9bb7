import { setMaxListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { TestTally } from './test-tally.js';

// `npm test [-- part of a path ...]`: each file in a process of its own, which gets this one's `--import tsx`. The last line is the sum.

const FILE_TIMEOUT_MS = 180_000;
const FILES_AT_ONCE = 2;

const root = fileURLToPath(new URL('..', import.meta.url));

const testFiles = (parts: readonly string[]): string[] =>
  (readdirSync(join(root, 'tests'), { recursive: true }) as string[])
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('tests', path))
    .filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)))
    .sort()
    .map((path) => join(root, path));

const stopOnSignal = (): AbortSignal => {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // the runner adds one a file
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  return stop.signal;
};

process.chdir(root);
const files = testFiles(process.argv.slice(2));
const tally = new TestTally();
if (files.length > 0) {
  const signal = stopOnSignal();
  const events = run({ files, concurrency: FILES_AT_ONCE, timeout: FILE_TIMEOUT_MS, signal });
  const counted = events.map((event) => {
    tally.add(event);
    return event;
  });
  await pipeline(counted, new spec(), process.stdout, { end: false });
  if (signal.aborted) tally.failed += 1;
}
for (const file of tally.emptyFiles) console.error(`${file} holds no test.`);
if (tally.passed + tally.failed === 0) console.error('No test ran.');
// A program that a test left behind may hold its pipe open: end now.
process.stdout.write(`${tally.summary}\n`, () => process.exit(tally.isSuccess ? 0 : 1));
