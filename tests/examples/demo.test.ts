import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { afterAll } from '../support/after-all.js';
import { eventually } from '../support/eventually.js';

const program = fileURLToPath(new URL('../../examples/demo/main.ts', import.meta.url));
const MOST_MS = 20_000;
const RESPONSE = 'I processed the batch: count 10, sum 45, min 0, max 9.';

/** One for all tests, because tsx keeps there what it has translated. */
const folder = await mkdtemp(join(tmpdir(), 'granger-test-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The demo on a machine without a key or a login. */
function startDemo(t: TestContext, environment: Readonly<Record<string, string>> = {}) {
  const mark = randomUUID();
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, DEMO_MARK: mark, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk));
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({ code, ...said }));
  return { child, mark, said, ended };
}

/** Processes that have inherited the mark. */
async function marked(mark: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) =>
    (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).includes(mark),
  );
  const isMarked = await Promise.all(found);
  return pids.filter((_, index) => isMarked[index]);
}

async function assertNothingIsLeft(mark: string): Promise<void> {
  assert.deepEqual(await marked(mark), []);
  // tsx and the CLI keep a folder of their own for each user.
  const left = (await readdir(folder)).filter((name) => !/^(tsx|claude)-\d+$/.test(name));
  assert.deepEqual(left, []);
}

test('the demo shows the words of the agent and prints one line of JSON, in less than 20 seconds', async (t) => {
  const start = performance.now();
  const demo = startDemo(t);
  const { code, stdout, stderr } = await demo.ended;
  assert.ok(performance.now() - start < MOST_MS);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\{.*\}\n$/);
  const { produced, processorResponse } = JSON.parse(stdout);
  assert.deepEqual(produced, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const { timestamp, messageId, turn, ...answer } = processorResponse;
  assert.deepEqual(answer, {
    source: 'Producer',
    target: 'Processor',
    message: 'Please process this data batch',
    response: RESPONSE,
    status: 'SUCCESS',
  });
  assert.equal(new Date(timestamp).toISOString(), timestamp);
  assert.equal(messageId, 'msg_1');
  assert.ok(turn.firstTokenMs <= turn.totalMs && turn.costUsd > 0);
  assert.match(stderr, /a stand-in on this machine plays the model/);
  assert.ok(stderr.includes(RESPONSE));
  await assertNothingIsLeft(demo.mark);
});

for (const [moment, words] of [
  ['while the hub starts', 'canned'],
  ['while the agent works', 'Processor says'],
] as const) {
  test(`Ctrl-C ${moment} ends the demo and all that it has started`, async (t) => {
    const demo = startDemo(t);
    await eventually(() => demo.said.stderr.includes(words));
    demo.child.kill('SIGINT');
    const { code, stdout, stderr } = await demo.ended;
    assert.deepEqual([code, stdout], [130, ''], stderr);
    await assertNothingIsLeft(demo.mark);
  });
}

test('where the agent cannot run, the demo says why and leaves nothing', async (t) => {
  const demo = startDemo(t, { GRANGER_CLAUDE: '/no/such/claude' });
  const { code, stdout } = await demo.ended;
  assert.equal(code, 1);
  const { status, error } = JSON.parse(stdout).processorResponse;
  assert.deepEqual([status, error.code], ['ERROR', 'agent_not_installed']);
  await assertNothingIsLeft(demo.mark);
});
