import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { batchProgram } from '../../scripts/test-batch.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs a batch of fixtures as `npm test` does, until it ends by itself. */
const runBatch = async (t: TestContext, ...names: readonly string[]) => {
  const program = join(await makeTemporaryFolder(t), 'batch.mjs');
  const files = names.map((name) => join(root, 'tests/fixtures/batches', `${name}.ts`));
  await writeFile(program, batchProgram(files, 'sqlite'));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', '--test-reporter', 'tap', program], { cwd: root, env });
  t.after(() => child.kill('SIGKILL'));
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code, output, said: output.split('\n').filter((line) => /^the (first|second|server)/.test(line)) };
};

test('no test begins before all files of a batch are loaded, and what they started is stopped after the last test', async (t) => {
  const { code, said } = await runBatch(t, 'ends-at-once', 'starts-a-server');
  assert.deepEqual(said, [
    'the first file is loaded',
    'the second file is loaded',
    'the first test runs',
    'the second test runs, and the server listens',
    'the second file ends, and the server listens',
    'the server is stopped',
    'the server is no more',
  ]);
  assert.equal(code, 0);
});

test('where one thing cannot be stopped the others are, and the batch has failed', async (t) => {
  const { code, output, said } = await runBatch(t, 'cannot-be-torn-down', 'starts-a-server');
  assert.ok(said.includes('the server is stopped'));
  assert.match(output, /not ok .*this does not stop/s);
  assert.equal(code, 1);
});

test('a file that cannot be loaded is a failed test, and the others run', async (t) => {
  const { code, output, said } = await runBatch(t, 'cannot-be-loaded', 'ends-at-once');
  assert.match(output, /^not ok \d+ - .*cannot-be-loaded\.ts is loaded\n.*there is a mistake at its top/ms);
  assert.ok(said.includes('the first test runs'));
  assert.equal(code, 1);
});
