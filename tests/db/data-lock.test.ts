import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type DataLock, lockDataFolder } from '../../src/db/sqlite/data-lock.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const holderProgram = fileURLToPath(new URL('../fixtures/db/holds-data-lock.ts', import.meta.url));

/** Another process that tries to lock the folder, and its first words. */
async function startHolder(t: TestContext, folder: string): Promise<{ holder: ChildProcess; said: string }> {
  const holder = spawn(process.execPath, ['--import', 'tsx', holderProgram, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => holder.kill('SIGKILL'));
  const [said] = await once(holder.stdout!, 'data');
  return { holder, said: String(said).trim() };
}

function lock(t: TestContext, folder: string): DataLock | undefined {
  const taken = lockDataFolder(folder);
  if (taken !== undefined) t.after(() => taken.release());
  return taken;
}

test('a folder is locked by one at a time, and free again after the release', async (t) => {
  const folder = await makeTemporaryFolder(t);
  const first = lock(t, folder);
  assert.notEqual(first, undefined);
  assert.equal(lock(t, folder), undefined);
  first?.release();
  assert.notEqual(lock(t, folder), undefined);
});

test('a folder that is not there is made, for its owner alone', async (t) => {
  const folder = join(await makeTemporaryFolder(t), 'deep', 'data');
  assert.notEqual(lock(t, folder), undefined);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test('the lock holds against another process, and is free when its holder is killed', async (t) => {
  const folder = await makeTemporaryFolder(t);
  const { holder, said } = await startHolder(t, folder);
  assert.equal(said, 'locked');
  assert.equal(lock(t, folder), undefined);
  const exited = once(holder, 'exit');
  holder.kill('SIGKILL');
  await exited;
  assert.notEqual(lock(t, folder), undefined);
  assert.equal((await startHolder(t, folder)).said, 'refused');
});
