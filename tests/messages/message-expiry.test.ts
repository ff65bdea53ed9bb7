import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../support/broker-bench.js';
import { brokerOf } from '../support/broker-client.js';
import { FakeClock, startTestHub } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';

test('a message is delivered while it lives, and never from the instant on at which its time is over', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach([{ ttlSeconds: 10 }, { ttlSeconds: 10 }]);
  bench.clock.advance(9999);
  assert.equal((await bench.claim()).length, 1);
  bench.clock.advance(1);
  assert.deepEqual([await bench.inbox(), await bench.claim()], [[], []], 'though no sweep has been yet');
});

test('its sender sees that it expired: in the message, and as an event', async (t) => {
  const bench = await openBench(t);
  const { id, expiresAt } = await bench.send({ ttlSeconds: 10 });
  assert.equal(Date.parse(expiresAt), bench.clock.now() + 10_000);
  await bench.passTime(10_000);
  const { state, error, id: deliveryId, settledAt } = await bench.delivery(id);
  assert.deepEqual([state, error.code, Date.parse(settledAt)], ['expired', 'expired', bench.clock.now()]);
  const [event, ...more] = await bench.events('delivery.expired');
  assert.deepEqual([event.subject.messageId, event.subject.deliveryId, more], [id, deliveryId, []]);
});

test('it expires also while it is delayed, waits for its next attempt, or is leased', async (t) => {
  const bench = await openBench(t);
  const [failed, leased] = await bench.sendEach([{ ttlSeconds: 10 }, { ttlSeconds: 10 }]);
  await bench.settle('fail', await bench.claimOne(), { delaySeconds: 60 });
  const held = await bench.claimOne();
  const delayed = await bench.send({ ttlSeconds: 10, delaySeconds: 60 });
  await bench.passTime(10_000);
  for (const { id } of [failed, leased, delayed]) assert.equal((await bench.delivery(id)).state, 'expired');
  const { status, body } = await bench.apply('complete', held.delivery);
  assert.deepEqual([status, body.code], [409, 'delivery_final']);
  assert.deepEqual(bench.parts.depths.total(), { pending: 0, leased: 0, dead: 0 });
});

test('a holder whose message is over its time may still complete it until the sweep has been', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ ttlSeconds: 10 });
  const held = await bench.claimOne();
  bench.clock.advance(10_000);
  await bench.settle('complete', held);
  await bench.passTime(1);
  assert.equal((await bench.delivery(id)).state, 'done');
});

test('messages without a time to live, and those that are final, never expire', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send();
  const short = await bench.send({ ttlSeconds: 10, priority: 10 });
  await bench.settle('complete', await bench.claimOne());
  await bench.passTime(30 * 86_400_000);
  assert.deepEqual([(await bench.delivery(id)).state, (await bench.delivery(short.id)).state], ['pending', 'done']);
});

test('the hub expires messages by itself', async (t) => {
  const clock = new FakeClock();
  const hub = await startTestHub(t, { clock });
  const broker = await brokerOf(hub);
  const { id } = await broker.send({ ttlSeconds: 3600 });
  clock.advance(3_600_000);
  const { subject } = await whenEvent(hub, { types: 'delivery.expired' });
  assert.equal(subject.messageId, id);
});
