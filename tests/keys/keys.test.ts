import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createKey } from '../support/hub-keys.js';
import { shareHub } from '../support/shared-hub.js';
import { startTestHub, type TestHub } from '../support/test-hub.js';

const hub = await shareHub();
await hub.call('PUT', '/v1/modules/Worker', {});

interface Listed {
  readonly id: string;
}

const listed = async (on: TestHub = hub): Promise<Listed[]> => (await on.call('GET', '/v1/keys?limit=1000')).body.items;

test('a key is shown once, when it is made', async () => {
  const { status, body } = await hub.call('POST', '/v1/keys', { scope: 'observer', label: 'hall' });
  assert.equal(status, 201);
  const { key, ...rest } = body;
  assert.match(key, /^grk_[\w-]{32}$/);
  assert.deepEqual([rest.scope, rest.label, /^key_\d+$/.test(rest.id)], ['observer', 'hall', true]);
  assert.deepEqual(
    (await listed()).find(({ id }) => id === rest.id),
    rest,
  );
});

test('a key of a module is made for a module that is there, with or without a label', async () => {
  for (const body of [undefined, {}, { label: 'host 7' }]) {
    const made = await hub.call('POST', '/v1/modules/Worker/keys', body);
    assert.deepEqual([made.status, made.body.scope, made.body.module], [201, 'module', 'Worker']);
  }
  const { status, body } = await hub.call('POST', '/v1/modules/Nobody/keys', {});
  assert.deepEqual([status, body.code], [404, 'module_not_found']);
  const other = await hub.call('POST', '/v1/keys', { scope: 'module', module: 'Nobody' });
  assert.deepEqual([other.status, other.body.code], [404, 'module_not_found']);
});

test('a second admin key does all that the first does', async () => {
  const admin = await createKey(hub, { scope: 'admin' });
  assert.equal((await admin.call('POST', '/v1/keys', { scope: 'observer' })).status, 201);
  assert.equal((await admin.call('DELETE', `/v1/keys/${admin.id}`)).status, 204);
  assert.equal((await admin.call('GET', '/v1/keys')).status, 401);
});

test('a key that is revoked opens nothing from then on, and others go on', async () => {
  const [gone, kept] = [await createKey(hub, { scope: 'observer' }), await createKey(hub, { scope: 'observer' })];
  assert.equal((await gone.call('GET', '/v1/modules')).status, 200);
  assert.equal((await hub.call('DELETE', `/v1/keys/${gone.id}`)).status, 204);
  assert.deepEqual(
    [(await gone.call('GET', '/v1/modules')).status, (await kept.call('GET', '/v1/modules')).status],
    [401, 200],
  );
  assert.equal(
    (await listed()).some(({ id }) => id === gone.id),
    false,
  );
  const again = await hub.call('DELETE', `/v1/keys/${gone.id}`);
  assert.deepEqual([again.status, again.body.code], [404, 'key_not_found']);
});

test('who waits with a key that is revoked waits no longer, and is given nothing', async () => {
  const key = await createKey(hub, { scope: 'module', module: 'Worker' });
  const waiting = key.call('POST', '/v1/modules/Worker/claim', { waitSeconds: 60 });
  await hub.call('GET', '/livez');
  await hub.call('DELETE', `/v1/keys/${key.id}`);
  assert.deepEqual((await waiting).body.items, []);
});

test('keys are listed in the order in which they were made, page by page', async (t) => {
  const fresh = await startTestHub(t);
  const made: string[] = [];
  for (let count = 0; count < 12; count++) made.push((await createKey(fresh, { scope: 'observer' })).id);
  assert.deepEqual(
    (await listed(fresh)).map(({ id }) => id),
    made,
  );
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await fresh.call('GET', `/v1/keys?limit=5${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...body.items.map(({ id }: Listed) => id));
    cursor = body.nextCursor;
  }
  assert.deepEqual(seen, made);
});

test('keys open the hub after a restart as before, revoked ones do not', async (t) => {
  const first = await startTestHub(t);
  const [kept, gone] = [await createKey(first, { scope: 'observer' }), await createKey(first, { scope: 'observer' })];
  await first.call('DELETE', `/v1/keys/${gone.id}`);
  await first.stop();
  const again = await startTestHub(t, { folder: first.folder });
  const withKey = async (key: string) =>
    (await fetch(`${again.url}/v1/modules`, { headers: { authorization: `Bearer ${key}` } })).status;
  assert.deepEqual([await withKey(kept.key), await withKey(gone.key), await withKey(first.key)], [200, 401, 200]);
});

test('no secret stands in the database, its log, or the events', async (t) => {
  const own = await startTestHub(t);
  const { key } = await createKey(own, { scope: 'observer' });
  await own.call('GET', '/v1/modules', undefined, { authorization: `Bearer ${key}` });
  const events = JSON.stringify((await own.call('GET', '/v1/events')).body);
  assert.match(events, /key\.created/);
  await own.stop();
  const files = (await readdir(own.folder)).filter((file) => file !== 'admin.key');
  const contents = await Promise.all(files.map((file) => readFile(join(own.folder, file), 'latin1')));
  for (const secret of [key, own.key])
    for (const content of [events, ...contents]) assert.equal(content.includes(secret.slice('grk_'.length)), false);
});

test('what happens to keys is in the log of events', async () => {
  const { id } = await createKey(hub, { scope: 'module', module: 'Worker' });
  await hub.call('DELETE', `/v1/keys/${id}`);
  const { items } = (await hub.call('GET', '/v1/events?types=key.*&limit=1000')).body;
  const own = items.filter(({ data }: { data: { id: string } }) => data.id === id);
  assert.deepEqual(
    own.map(({ type, subject }: { type: string; subject: { module: string } }) => [type, subject.module]),
    [
      ['key.created', 'Worker'],
      ['key.revoked', 'Worker'],
    ],
  );
});
