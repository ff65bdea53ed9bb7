import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKey } from '../support/hub-keys.js';
import { shareHub } from '../support/shared-hub.js';

const hub = await shareHub();
await hub.call('PUT', '/v1/modules/Sender', {});

const send = async (to: string): Promise<string> =>
  (await hub.call('POST', '/v1/messages', { from: 'Sender', to })).body.id;

const statesOf = async (message: string): Promise<string[]> => {
  const { body } = await hub.call('GET', `/v1/messages/${message}`);
  return body.deliveries.map(({ state }: { state: string }) => state);
};

test('a module with nothing open is removed', async () => {
  await hub.call('PUT', '/v1/modules/Idle', {});
  assert.equal((await hub.call('DELETE', '/v1/modules/Idle')).status, 204);
  for (const [method, path] of [
    ['GET', '/v1/modules/Idle'],
    ['DELETE', '/v1/modules/Idle'],
    ['POST', '/v1/modules/Idle/heartbeat'],
    ['POST', '/v1/modules/Idle/claim'],
  ] as const)
    assert.equal((await hub.call(method, path, method === 'POST' ? {} : undefined)).body.code, 'module_not_found');
  const { items } = (await hub.call('GET', '/v1/events?module=Idle')).body;
  assert.equal(items.at(-1).type, 'module.removed');
});

test('a module with open deliveries is not removed, waiting or leased, and nothing changes', async () => {
  await hub.call('PUT', '/v1/modules/Busy', {});
  const messages = [await send('Busy'), await send('Busy')];
  await hub.call('POST', '/v1/modules/Busy/claim', { max: 1 });
  const { status, body } = await hub.call('DELETE', '/v1/modules/Busy');
  assert.deepEqual([status, body.code], [409, 'module_has_open_deliveries']);
  assert.match(body.detail, /2 open deliveries.*force=true/);
  assert.equal((await hub.call('GET', '/v1/modules/Busy')).status, 200);
  assert.deepEqual((await Promise.all(messages.map(statesOf))).flat().sort(), ['leased', 'pending']);
});

test('with force its open deliveries become dead letters, and say why', async () => {
  await hub.call('PUT', '/v1/modules/Doomed', {});
  const messages = [await send('Doomed'), await send('Doomed')];
  const { body: claimed } = await hub.call('POST', '/v1/modules/Doomed/claim', { max: 1 });
  assert.equal((await hub.call('DELETE', '/v1/modules/Doomed?force=true')).status, 204);
  assert.deepEqual((await Promise.all(messages.map(statesOf))).flat(), ['dead', 'dead']);
  const { items } = (await hub.call('GET', '/v1/dead-letters?module=Doomed')).body;
  assert.deepEqual(items.map(({ message }: { message: { id: string } }) => message.id).sort(), messages.sort());
  for (const { delivery } of items) assert.match(delivery.error.message, /Doomed was removed/);
  const { id, lease } = claimed.items[0].delivery;
  const late = await hub.call('POST', `/v1/deliveries/${id}/complete`, { lease });
  assert.equal(late.status, 409);
});

test('a module of the same name that comes later starts with nothing of the old one', async () => {
  await hub.call('PUT', '/v1/modules/Reborn', { description: 'old' });
  await hub.call('POST', '/v1/modules/Reborn/heartbeat', { currentTask: 'old' });
  await send('Reborn');
  await hub.call('DELETE', '/v1/modules/Reborn?force=true');
  const { status, body } = await hub.call('PUT', '/v1/modules/Reborn', {});
  assert.deepEqual([status, body.revision, body.description, body.currentTask], [201, 1, undefined, undefined]);
  assert.deepEqual((await hub.call('POST', '/v1/modules/Reborn/claim', { max: 10 })).body.items, []);
});

test('the keys of a module go with it', async () => {
  await hub.call('PUT', '/v1/modules/Keyed', {});
  const key = await createKey(hub, { scope: 'module', module: 'Keyed' });
  assert.equal((await key.call('DELETE', '/v1/modules/Keyed')).status, 204);
  assert.equal((await key.call('GET', '/v1/modules')).status, 401);
  const { items } = (await hub.call('GET', '/v1/keys')).body;
  assert.equal(
    items.some(({ id }: { id: string }) => id === key.id),
    false,
  );
});
