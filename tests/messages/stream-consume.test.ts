import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { holding, openStream, register, type ServerFrame, type StreamClient, send } from '../support/stream-client.js';
import { FakeClock, startTestHub, type TestHub } from '../support/test-hub.js';

const error = { code: 'broken', message: 'It broke.' };

const startBroker = async (t: TestContext, clock?: FakeClock): Promise<TestHub> => {
  const hub = await startTestHub(t, clock === undefined ? {} : { clock });
  await register(hub, 'Producer', 'Worker');
  return hub;
};

const sendNumbers = async (hub: TestHub, count: number, rest: object = {}): Promise<string[]> => {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await send(hub, { payload: { n }, ...rest }));
  return ids;
};

const numberOf = ({ message }: ServerFrame): number => message.payload.n;

test('what waits for a module is pushed to who consumes for it, as a claim would give it', async (t) => {
  const hub = await startBroker(t);
  const id = await send(hub, { type: 'task', payload: { n: 1 } });
  const client = await openStream(t, hub);
  const consuming = await client.ask('consume', { id: 'c', module: 'Worker' });
  assert.deepEqual(consuming, { module: 'Worker', prefetch: 32, leaseSeconds: 60 });
  const { sub, delivery, message } = await client.delivery();
  assert.deepEqual([sub, message.id, message.type, message.payload], ['c', id, 'task', { n: 1 }]);
  assert.deepEqual(Object.keys(delivery), ['id', 'lease', 'attempt', 'maxAttempts', 'leaseExpiresAt']);
  assert.deepEqual([delivery.attempt, delivery.maxAttempts], [1, 3]);
});

test('a message that comes while nothing is there to claim is pushed because it was sent, not because somebody looks', async (t) => {
  const hub = await startBroker(t);
  const client = await openStream(t, hub);
  await client.ask('subscribe', { filter: { types: ['message.sent', 'delivery.*'] } });
  await client.ask('consume', { module: 'Worker' });
  for (let round = 0; round < 20; round++) {
    const id = await send(hub, { payload: { n: round } });
    const pushed = await client.delivery();
    await client.ask('complete', holding(pushed));
    const events: ServerFrame[] = [];
    for (let n = 0; n < 3; n++) events.push(await client.next(({ op }) => op === 'event'));
    const order = events.map(({ type, subject }) => [type, subject.messageId]);
    assert.deepEqual(order, [
      ['message.sent', id],
      ['delivery.claimed', id],
      ['delivery.completed', id],
    ]);
  }
});

test('no more than the prefetch is out, and a lease lasts as long as was asked', async (t) => {
  const clock = new FakeClock();
  const hub = await startBroker(t, clock);
  await sendNumbers(hub, 5);
  const client = await openStream(t, hub);
  await client.ask('consume', { module: 'Worker', prefetch: 3, leaseSeconds: 120 });
  const pushed = await client.deliveries(3);
  assert.deepEqual(pushed.map(numberOf), [0, 1, 2]);
  assert.equal(Date.parse(pushed[0]!.delivery.leaseExpiresAt), clock.now() + 120_000);
  const { body } = await hub.call('GET', '/v1/modules/Worker/inbox');
  assert.deepEqual(body.items.map(numberOf), [3, 4]);
});

/** Each ends the first of two deliveries, of which only one may be out. */
const endings: Readonly<
  Record<string, (first: ServerFrame, at: { client: StreamClient; hub: TestHub; clock: FakeClock }) => Promise<unknown>>
> = {
  'was completed': (first, { client }) => client.ask('complete', holding(first)),
  failed: (first, { client }) => client.ask('fail', { ...holding(first), error }),
  'was released': (first, { client }) => client.ask('release', { ...holding(first), delaySeconds: 60 }),
  'was completed over HTTP': (first, { hub }) =>
    hub.call('POST', `/v1/deliveries/${first.delivery.id}/complete`, { lease: first.delivery.lease }),
  'was completed in a batch over HTTP': (first, { hub }) =>
    hub.call('POST', '/v1/deliveries/batch', { complete: [{ id: first.delivery.id, lease: first.delivery.lease }] }),
  'was cancelled by its sender': (first, { hub }) => hub.call('POST', `/v1/messages/${first.message.id}/cancel`),
  'was held until its lease was over': async (_first, { clock }) => clock.advance(61_000),
};

for (const [ending, end] of Object.entries(endings)) {
  test(`a delivery that ${ending} makes room for the next`, async (t) => {
    const clock = new FakeClock();
    const hub = await startBroker(t, clock);
    const client = await openStream(t, hub);
    await client.ask('consume', { module: 'Worker', prefetch: 1 });
    await sendNumbers(hub, 2);
    const first = await client.delivery();
    await end(first, { client, hub, clock });
    assert.deepEqual([numberOf(first), numberOf(await client.delivery())], [0, 1]);
  });
}

test('a delivery that is only extended makes no room', async (t) => {
  const hub = await startBroker(t);
  const client = await openStream(t, hub);
  await client.ask('consume', { module: 'Worker', prefetch: 1 });
  await sendNumbers(hub, 2);
  const first = await client.delivery();
  await client.ask('extend', { ...holding(first), leaseSeconds: 60 });
  await client.ask('complete', holding(first));
  const second = await client.delivery();
  const events = await hub.call('GET', '/v1/events?types=delivery.*');
  assert.deepEqual(
    events.body.items.map(({ type }: ServerFrame) => type),
    ['delivery.claimed', 'delivery.completed', 'delivery.claimed'],
  );
  assert.equal(numberOf(second), 1);
});

test('credit that is freed together is claimed together', async (t) => {
  const hub = await startBroker(t);
  await sendNumbers(hub, 20);
  const client = await openStream(t, hub);
  await client.ask('consume', { module: 'Worker', prefetch: 10 });
  const items = (await client.deliveries(10)).map(holding);
  await client.ask('complete', { items });
  await client.deliveries(10);
  const { body } = await hub.call('GET', '/v1/events?types=delivery.claimed');
  assert.deepEqual(
    body.items.map(({ data }: ServerFrame) => data.deliveries.length),
    [10, 10],
  );
});

test('after unsubscribe nothing more is pushed, and what is out can still be settled', async (t) => {
  const hub = await startBroker(t);
  await sendNumbers(hub, 3);
  const client = await openStream(t, hub);
  await client.ask('consume', { id: 'c', module: 'Worker', prefetch: 2 });
  const [first, second] = await client.deliveries(2);
  assert.deepEqual(await client.ask('unsubscribe', { id: 'c' }), { open: 2 });
  assert.equal((await client.ask('complete', holding(first!))).state, 'done');
  assert.equal((await client.ask('release', holding(second!))).state, 'pending');
  await assert.rejects(client.ask('unsubscribe', { id: 'c' }), { code: 'conflict' });
  const { body } = await hub.call('GET', '/v1/modules/Worker/inbox');
  assert.deepEqual(body.items.map(numberOf), [1, 2]);
  assert.deepEqual(client.untaken('delivery'), []);
});

test('the id of a consume that has ended is free at once', async (t) => {
  const hub = await startBroker(t);
  const client = await openStream(t, hub);
  await client.ask('consume', { id: 'c', module: 'Worker' });
  await client.ask('unsubscribe', { id: 'c' });
  await client.ask('consume', { id: 'c', module: 'Worker' });
  await sendNumbers(hub, 1);
  assert.equal(numberOf(await client.delivery()), 0);
});

test('only messages of the types that were asked for are pushed', async (t) => {
  const hub = await startBroker(t);
  const client = await openStream(t, hub);
  await client.ask('consume', { id: 'b', module: 'Worker', types: ['b'] });
  await send(hub, { type: 'a', payload: { n: 1 } });
  await send(hub, { type: 'b', payload: { n: 2 } });
  assert.equal(numberOf(await client.delivery()), 2);
});

test('a message of one type does not wait behind a consume for another', async (t) => {
  const hub = await startBroker(t);
  const client = await openStream(t, hub);
  await client.ask('consume', { id: 'a', module: 'Worker', types: ['a'] });
  await client.ask('consume', { id: 'b', module: 'Worker', types: ['b'] });
  for (let n = 0; n < 10; n++) {
    const type = n % 2 === 0 ? 'b' : 'a';
    await send(hub, { type, payload: { n } });
    const { sub, message } = await client.delivery();
    assert.deepEqual([sub, message.payload.n], [type, n]);
  }
});

test('a channel that the module subscribes to later is consumed as well', async (t) => {
  const hub = await startBroker(t);
  const client = await openStream(t, hub);
  await client.ask('consume', { module: 'Worker' });
  await hub.call('PUT', '/v1/channels/news/subscriptions/Worker');
  await send(hub, { to: undefined, channel: 'news', payload: { n: 7 } });
  assert.equal(numberOf(await client.delivery()), 7);
});

test('with channels only those are consumed, and the module must be subscribed to them', async (t) => {
  const hub = await startBroker(t);
  await hub.call('PUT', '/v1/channels/news/subscriptions/Worker');
  const client = await openStream(t, hub);
  await client.ask('consume', { id: 'c', module: 'Worker', channels: ['news'] });
  await send(hub, { payload: { n: 1 } });
  await send(hub, { to: undefined, channel: 'news', payload: { n: 2 } });
  assert.equal(numberOf(await client.delivery()), 2);
  await hub.call('DELETE', '/v1/channels/news/subscriptions/Worker');
  const ended = await client.next(({ op, id }) => op === 'error' && id === 'c');
  assert.equal(ended.problem.code, 'invalid_request');
});

test('a consume ends with an error when its module is removed', async (t) => {
  const hub = await startBroker(t);
  const client = await openStream(t, hub);
  await client.ask('consume', { id: 'c', module: 'Worker' });
  await hub.call('DELETE', '/v1/modules/Worker');
  const ended = await client.next(({ op, id }) => op === 'error' && id === 'c');
  assert.equal(ended.problem.code, 'module_not_found');
  await register(hub, 'Worker');
  await client.ask('consume', { id: 'c', module: 'Worker' });
});

test('a socket holds at most 64 subscriptions and consumes, each with an id of its own', async (t) => {
  const hub = await startBroker(t);
  const client = await openStream(t, hub);
  for (let n = 0; n < 32; n++) {
    await client.ask('subscribe', { id: `s${n}` });
    await client.ask('consume', { id: `c${n}`, module: 'Worker' });
  }
  const refused = { code: 'conflict' };
  await assert.rejects(client.ask('consume', { id: 'more', module: 'Worker' }), refused);
  await assert.rejects(client.ask('subscribe', { id: 'more' }), refused);
  await client.ask('unsubscribe', { id: 's0' });
  await assert.rejects(client.ask('consume', { id: 's1', module: 'Worker' }), refused);
  await assert.rejects(client.ask('subscribe', { id: 'c1' }), refused);
  await client.ask('consume', { id: 'more', module: 'Worker' });
});
