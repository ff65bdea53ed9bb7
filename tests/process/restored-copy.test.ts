import assert from 'node:assert/strict';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { startHubProcess } from '../support/hub-process.js';
import { register } from '../support/stream-client.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { connectBeside } from '../support/test-database.js';
import { makeFolder, startTestHub, type TestHub } from '../support/test-hub.js';

// On SQLite: with PostgreSQL the README says what to do.

const epochOf = async (hub: Pick<TestHub, 'call'>): Promise<string> => (await hub.call('GET', '/v1/stats')).body.epoch;

const startsOf = async (hub: Pick<TestHub, 'call'>): Promise<unknown[]> =>
  (await hub.call('GET', '/v1/events?types=hub.started')).body.items.map(
    ({ data }: { data: { restored?: boolean } }) => data.restored,
  );

/** As the README says to make one: with SQLite's own backup. */
const backUp = async (t: TestContext, hub: TestHub): Promise<string> => {
  const file = join(await makeTemporaryFolder(t), 'backup.db');
  const beside = connectBeside(t, hub.folder);
  await beside.backup(file);
  beside.close();
  return file;
};

const restore = async (file: string, folder: string): Promise<void> => {
  for (const ending of ['', '-wal', '-shm']) await rm(join(folder, `hub.db${ending}`), { force: true });
  await cp(file, join(folder, 'hub.db'));
};

test('an older copy that is put back has another epoch, and keeps that', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'A');
  const file = await backUp(t, hub);
  await register(hub, 'B');
  const before = await epochOf(hub);
  await hub.stop();
  await restore(file, hub.folder);
  const restored = await startTestHub(t, { folder: hub.folder });
  const after = await epochOf(restored);
  assert.notEqual(after, before);
  assert.deepEqual(await startsOf(restored), [undefined, true]);
  assert.equal((await restored.call('GET', '/v1/modules/B')).status, 404);
  await restored.stop();
  const again = await startTestHub(t, { folder: hub.folder });
  assert.equal(await epochOf(again), after);
  assert.deepEqual(await startsOf(again), [undefined, true, undefined]);
});

test('the same copy put back twice has two epochs, neither of them that of before', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'A');
  const file = await backUp(t, hub);
  const epochs = [await epochOf(hub)];
  await hub.stop();
  for (let time = 0; time < 2; time++) {
    await restore(file, hub.folder);
    const restored = await startTestHub(t, { folder: hub.folder });
    // Further than the hub had come before the first time.
    await register(restored, 'A1', 'A2', 'A3', 'A4', 'A5');
    epochs.push(await epochOf(restored));
    await restored.stop();
  }
  assert.equal(new Set(epochs).size, 3);
});

test('a copy of the database alone is another one in another folder; the whole folder is the same hub', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'A');
  const file = await backUp(t, hub);
  const epoch = await epochOf(hub);
  await hub.stop();
  const [alone, whole] = [await makeFolder(t), await makeFolder(t)];
  await restore(file, alone);
  await cp(hub.folder, whole, { recursive: true });
  assert.notEqual(await epochOf(await startTestHub(t, { folder: alone })), epoch);
  assert.equal(await epochOf(await startTestHub(t, { folder: whole })), epoch);
});

test('a mark that cannot be read counts as none', async (t) => {
  const hub = await startTestHub(t);
  const epoch = await epochOf(hub);
  await hub.stop();
  await writeFile(join(hub.folder, 'hub.mark'), '{"epoch":');
  assert.notEqual(await epochOf(await startTestHub(t, { folder: hub.folder })), epoch);
});

test('a hub that is killed, however often, has the epoch that it had', { timeout: 120_000 }, async (t) => {
  const folder = await makeFolder(t);
  const epochs = new Set<string>();
  for (let round = 0; round < 3; round++) {
    const hub = await startHubProcess(t, { folder });
    epochs.add(await epochOf(hub));
    let isKilled = false;
    const writing = (async () => {
      for (let n = 0; !isKilled; n++) await hub.call('PUT', `/v1/modules/M${n % 20}`, { version: `${round}.${n}` });
    })().catch(() => undefined);
    await eventually(async () => (await hub.call('GET', '/v1/modules')).body.items.length === 20);
    isKilled = true;
    hub.child.kill('SIGKILL');
    await hub.ended;
    await writing;
  }
  assert.equal(epochs.size, 1);
});
