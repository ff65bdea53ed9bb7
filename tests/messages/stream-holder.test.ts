import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { holding, openStream, register, type ServerFrame, send } from '../support/stream-client.js';
import { FakeClock, startTestHub } from '../support/test-hub.js';

const error = { code: 'broken', message: 'It broke.' };

/** A socket that holds some deliveries of Worker. */
const holdSome = async (t: TestContext, count: number) => {
  const clock = new FakeClock();
  const hub = await startTestHub(t, { clock });
  await register(hub, 'Producer', 'Worker');
  for (let n = 0; n < count; n++) await send(hub, { type: 'task', payload: { n }, maxAttempts: 2 });
  const client = await openStream(t, hub);
  await client.ask('consume', { module: 'Worker' });
  const held = (await client.deliveries(count)).map(holding);
  const stateOf = async ({ deliveryId }: { deliveryId: string }) => {
    const { body } = await hub.call('GET', '/v1/messages?limit=1000');
    for (const { id } of body.items) {
      const { deliveries } = (await hub.call('GET', `/v1/messages/${id}`)).body;
      const found = deliveries.find((delivery: ServerFrame) => delivery.id === deliveryId);
      if (found !== undefined) return [found.state, found.attempt];
    }
  };
  return { hub, client, clock, held, first: held[0]!, stateOf };
};

test('complete with a reply sends the reply', async (t) => {
  const { hub, client, first } = await holdSome(t, 1);
  const done = await client.ask('complete', { ...first, reply: { payload: { sum: 3 } } });
  assert.deepEqual([done.id, done.state], [first.deliveryId, 'done']);
  const reply = await hub.call('GET', `/v1/messages/${done.replyId}`);
  assert.deepEqual([reply.body.type, reply.body.to, reply.body.payload], ['task.response', 'Producer', { sum: 3 }]);
});

test('fail puts a delivery back to be tried again, and buries it when it is for good', async (t) => {
  const { client, held, stateOf } = await holdSome(t, 2);
  const [again, never] = held;
  assert.equal((await client.ask('fail', { ...again, error, delaySeconds: 5 })).state, 'pending');
  assert.equal((await client.ask('fail', { ...never, error, retryable: false })).state, 'dead');
  assert.deepEqual(await stateOf(again!), ['pending', 1]);
  assert.deepEqual(await stateOf(never!), ['dead', 1]);
});

test('extend holds the lease longer, counted from now', async (t) => {
  const { client, clock, first } = await holdSome(t, 1);
  clock.advance(30_000);
  const { leaseExpiresAt, state } = await client.ask('extend', { ...first, leaseSeconds: 90 });
  assert.deepEqual([Date.parse(leaseExpiresAt), state], [clock.now() + 90_000, 'leased']);
});

test('release gives a delivery back with no attempt counted, and it is pushed again', async (t) => {
  const { client, first } = await holdSome(t, 1);
  assert.equal((await client.ask('release', first)).state, 'pending');
  const { delivery } = await client.delivery();
  assert.deepEqual([delivery.id, delivery.attempt], [first.deliveryId, 1]);
  assert.notEqual(delivery.lease, first.lease);
});

test('many verbs in one frame have each its own outcome, in their order', async (t) => {
  const { client, held } = await holdSome(t, 3);
  const [a, b, c] = held;
  const wrong = { ...b!, lease: 'wrong' };
  const { items } = await client.ask('complete', {
    items: [a, wrong, { ...c!, reply: { payload: 1 } }, { deliveryId: 'nonsense', lease: 'x' }],
  });
  const outcomes = items.map(({ id, state, problem }: ServerFrame) => [id, state ?? problem.code]);
  assert.deepEqual(outcomes, [
    [a!.deliveryId, 'done'],
    [b!.deliveryId, 'lease_lost'],
    [c!.deliveryId, 'done'],
    ['nonsense', 'delivery_not_found'],
  ]);
  const extended = await client.ask('extend', { items: [{ ...b, leaseSeconds: 60 }] });
  assert.equal(extended.items[0].state, 'leased');
  const failed = await client.ask('fail', { items: [{ ...b, error, retryable: false }] });
  assert.equal(failed.items[0].state, 'dead');
});

test('a wrong lease changes nothing, and the delivery stays out', async (t) => {
  const { client, first, stateOf } = await holdSome(t, 1);
  const wrong = { ...first, lease: 'wrong' };
  const lost = { code: 'lease_lost' };
  await assert.rejects(client.ask('complete', wrong), lost);
  await assert.rejects(client.ask('fail', { ...wrong, error }), lost);
  await assert.rejects(client.ask('extend', { ...wrong, leaseSeconds: 60 }), lost);
  await assert.rejects(client.ask('release', wrong), lost);
  assert.deepEqual(await stateOf(first), ['leased', 1]);
  assert.deepEqual(await client.ask('unsubscribe', { id: 'consume-1' }), { open: 1 });
});

test('what is done already, and what never was, each has its problem', async (t) => {
  const { client, first } = await holdSome(t, 1);
  await client.ask('complete', first);
  await assert.rejects(client.ask('complete', first), { code: 'delivery_final' });
  await assert.rejects(client.ask('complete', { ...first, deliveryId: 'dlv_999' }), { code: 'delivery_not_found' });
  await assert.rejects(client.ask('complete', { ...first, deliveryId: 'nonsense' }), { code: 'delivery_not_found' });
});

test('another socket may settle with the lease, and the first has room again', async (t) => {
  const { hub, client, first } = await holdSome(t, 1);
  const other = await openStream(t, hub);
  assert.equal((await other.ask('complete', first)).state, 'done');
  assert.deepEqual(await client.ask('unsubscribe', { id: 'consume-1' }), { open: 0 });
});
