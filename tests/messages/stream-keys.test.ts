import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { createKey } from '../support/hub-keys.js';
import { openStream, register, send } from '../support/stream-client.js';
import { startTestHub } from '../support/test-hub.js';

test('an observer follows events, may do nothing else, and is told so on a socket that stays open', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const client = await openStream(t, hub, await createKey(hub, { scope: 'observer' }));
  const forbidden = { code: 'forbidden' };
  const lease = { deliveryId: 'dlv_1', lease: 'x' };
  await assert.rejects(client.ask('send', { message: { from: 'Producer', to: 'Worker' } }), forbidden);
  await assert.rejects(client.ask('consume', { module: 'Worker' }), forbidden);
  await assert.rejects(client.ask('complete', lease), forbidden);
  await assert.rejects(client.ask('fail', lease), forbidden);
  await assert.rejects(client.ask('extend', lease), forbidden);
  await assert.rejects(client.ask('release', lease), forbidden);
  await client.ask('subscribe', { filter: { types: ['message.sent'] } });
  const id = await send(hub, {});
  assert.equal((await client.next(({ op }) => op === 'event')).subject.messageId, id);
});

test('with the key of a module only its own deliveries are consumed', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const client = await openStream(t, hub, await createKey(hub, { scope: 'module', module: 'Worker' }));
  await assert.rejects(client.ask('consume', { module: 'Producer' }), { code: 'forbidden' });
  await client.ask('consume', { module: 'Worker' });
  const id = await send(hub, {});
  assert.equal((await client.delivery()).message.id, id);
});

test('a socket without a key that is known is closed with 4401', async (t) => {
  const hub = await startTestHub(t);
  for (const headers of [{}, { authorization: 'Bearer nonsense' }]) {
    const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/v1/stream`, 'granger.v1', { headers });
    const [code] = await once(socket, 'close');
    assert.equal(code, 4401);
  }
});
