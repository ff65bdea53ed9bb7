import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadAdminKey } from '../../src/keys/admin-key.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const modeOf = (file: string): number => statSync(file).mode & 0o777;

test('the first start makes a key that is hard to guess, for its owner alone to read', async (t) => {
  const folder = await makeTemporaryFolder(t);
  const { key, file } = loadAdminKey(folder, undefined);
  assert.equal(file, join(folder, 'admin.key'));
  assert.match(key, /^grk_[\w-]{32}$/);
  assert.equal(readFileSync(file, 'utf8'), `${key}\n`);
  assert.equal(modeOf(file), 0o600);
});

test('later starts find it again, whatever is around it, and close the file to others', async (t) => {
  const folder = await makeTemporaryFolder(t);
  const { key, file = '' } = loadAdminKey(folder, undefined);
  writeFileSync(file, `\n  ${key}\n\n`);
  chmodSync(file, 0o644);
  assert.deepEqual(loadAdminKey(folder, undefined), { key, file });
  assert.equal(modeOf(file), 0o600);
});

test('an empty file is filled, so that no hub has an empty key', async (t) => {
  const folder = await makeTemporaryFolder(t);
  const file = join(folder, 'admin.key');
  writeFileSync(file, '\n', { mode: 0o644 });
  const { key } = loadAdminKey(folder, undefined);
  assert.match(key, /^grk_/);
  assert.deepEqual([readFileSync(file, 'utf8').trim(), modeOf(file)], [key, 0o600]);
});

test('a key that is a setting is written nowhere', async (t) => {
  const folder = await makeTemporaryFolder(t);
  assert.deepEqual(loadAdminKey(folder, 'given as a setting'), { key: 'given as a setting', file: undefined });
  assert.equal(existsSync(join(folder, 'admin.key')), false);
});

test('no two hubs have the same key', async (t) => {
  const keys = await Promise.all(
    Array.from({ length: 20 }, async () => loadAdminKey(await makeTemporaryFolder(t), undefined).key),
  );
  assert.equal(new Set(keys).size, 20);
});
