import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createKey } from '../support/hub-keys.js';
import { holding, openStream, register, type ServerFrame, send } from '../support/stream-client.js';
import { FakeClock, makeFolder, startTestHub } from '../support/test-hub.js';

test('what a killed socket had been pushed goes to another at once, with no attempt counted', async (t) => {
  const hub = await startTestHub(t, { clock: new FakeClock() });
  await register(hub, 'Producer', 'Worker');
  for (let n = 0; n < 4; n++) await send(hub, { payload: { n } });
  const victim = await openStream(t, hub);
  await victim.ask('consume', { module: 'Worker', prefetch: 3, leaseSeconds: 3600 });
  const [first, ...open] = await victim.deliveries(3);
  await victim.ask('complete', holding(first!));
  open.push(await victim.delivery());
  const heir = await openStream(t, hub);
  await heir.ask('consume', { module: 'Worker' });
  await victim.kill();
  const inherited = await heir.deliveries(3);
  assert.deepEqual(
    inherited.map(({ message, delivery }) => [message.payload.n, delivery.attempt]),
    [1, 2, 3].map((n) => [n, 1]),
  );
  const lost = { code: 'lease_lost' };
  for (const frame of open) await assert.rejects(heir.ask('complete', holding(frame)), lost);
  await heir.ask('complete', { items: inherited.map(holding) });
});

test('what a consume had left out when it was ended is released too when its socket closes', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  await send(hub, {});
  const client = await openStream(t, hub);
  await client.ask('consume', { id: 'c', module: 'Worker' });
  await client.delivery();
  await client.ask('unsubscribe', { id: 'c' });
  const heir = await openStream(t, hub);
  await heir.ask('consume', { module: 'Worker' });
  await client.close();
  assert.equal((await heir.delivery()).delivery.attempt, 1);
});

test('a socket whose key is revoked is closed with 4401 and gives back what it held', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  await send(hub, {});
  const { id, key } = await createKey(hub, { scope: 'module', module: 'Worker' });
  const client = await openStream(t, hub, { key });
  await client.ask('consume', { module: 'Worker' });
  await client.delivery();
  const heir = await openStream(t, hub);
  await heir.ask('consume', { module: 'Worker' });
  await hub.call('DELETE', `/v1/keys/${id}`);
  assert.equal((await client.closed).code, 4401);
  await heir.delivery();
});

test('a hub that stops closes with 1001 and has released, durably, what was out', async (t) => {
  const folder = await makeFolder(t);
  const first = await startTestHub(t, { folder });
  await register(first, 'Producer', 'Worker');
  for (let n = 0; n < 3; n++) await send(first, { payload: { n } });
  const client = await openStream(t, first);
  await client.ask('consume', { module: 'Worker', prefetch: 2 });
  await client.deliveries(2);
  await first.stop();
  assert.equal((await client.closed).code, 1001);
  assert.deepEqual(first.errors, []);
  const second = await startTestHub(t, { folder });
  const { body } = await second.call('POST', '/v1/modules/Worker/claim', { max: 10 });
  assert.deepEqual(
    body.items.map(({ message, delivery }: ServerFrame) => [message.payload.n, delivery.attempt]),
    [0, 1, 2].map((n) => [n, 1]),
  );
});

test('a hub that stops pushes no more, and settling works until the socket is closed', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const endpoint = await openEndpoint(t);
  await hub.call('PUT', '/v1/modules/Hook', { runtime: { type: 'webhook', url: endpoint.url } });
  await send(hub, { to: 'Hook' });
  const answer = await endpoint.called;
  for (let n = 0; n < 2; n++) await send(hub, { payload: { n } });
  const client = await openStream(t, hub);
  await client.ask('subscribe', { filter: { types: ['hub.stopping'] } });
  await client.ask('consume', { module: 'Worker', prefetch: 1 });
  const first = await client.delivery();
  const stopped = hub.stop();
  await client.next(({ op }) => op === 'event');
  assert.equal((await client.ask('complete', holding(first))).state, 'done');
  await assert.rejects(client.ask('send', { message: { from: 'Producer', to: 'Worker' } }), { code: 'draining' });
  await assert.rejects(client.ask('consume', { module: 'Worker' }), { code: 'draining' });
  answer();
  await stopped;
  assert.equal((await client.closed).code, 1001);
  assert.deepEqual(client.untaken('delivery'), []);
});

/** Answers its first call when told to. */
const openEndpoint = async (t: TestContext) => {
  const server = createServer();
  const called = new Promise<() => void>((resolve) => {
    server.on('request', (_request, response) => resolve(() => response.end()));
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, called };
};
