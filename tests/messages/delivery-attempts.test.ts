import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../support/broker-bench.js';
import { brokerOf, failure } from '../support/broker-client.js';
import { FakeClock, startTestHub } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';

test('a delivery that fails is tried three times unless it says otherwise, and then is a dead letter', async (t) => {
  const bench = await openBench(t);
  for (const [maxAttempts, tries] of [
    [undefined, 3],
    [1, 1],
    [5, 5],
  ] as const) {
    const { id } = await bench.send(maxAttempts === undefined ? {} : { maxAttempts });
    for (let attempt = 1; attempt <= tries; attempt++) {
      const claimed = await bench.claimOne();
      assert.deepEqual([claimed.delivery.attempt, claimed.delivery.maxAttempts], [attempt, tries]);
      const { state } = await bench.settle('fail', claimed, { delaySeconds: 0 });
      assert.equal(state, attempt === tries ? 'dead' : 'pending');
    }
    const { state, error } = await bench.delivery(id);
    assert.deepEqual([state, error], ['dead', failure]);
    assert.deepEqual(await bench.claim(), []);
  }
});

test('a failure for good ends the attempts at once', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ maxAttempts: 100 });
  assert.equal((await bench.settle('fail', await bench.claimOne(), { retryable: false })).state, 'dead');
  assert.equal((await bench.delivery(id)).attempt, 1);
});

test('the pause before the next attempt is drawn between half and all of a span that doubles up to five minutes', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ maxAttempts: 14 });
  for (let attempt = 1; attempt <= 13; attempt++) {
    await bench.settle('fail', await bench.claimOne());
    const span = Math.min(300_000, 1000 * 2 ** (attempt - 1));
    const pauseMs = Date.parse((await bench.delivery(id)).availableAt) - bench.clock.now();
    assert.ok(pauseMs >= span / 2 && pauseMs <= span, `${pauseMs} ms after attempt ${attempt}`);
    await bench.passTime(pauseMs - 1);
    assert.deepEqual(await bench.claim(), []);
    await bench.passTime(1);
  }
});

test('a holder that fails may say how long the pause is', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send();
  await bench.settle('fail', await bench.claimOne(), { delaySeconds: 7200 });
  assert.equal(Date.parse((await bench.delivery(id)).availableAt), bench.clock.now() + 7_200_000);
  assert.equal((await bench.delivery(id)).error.code, failure.code);
});

test('a lease that is over counts as an attempt that failed', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ maxAttempts: 2 });
  for (const state of ['pending', 'dead']) {
    await bench.claimOne('Worker', { leaseSeconds: 30 });
    await bench.passTime(29_999);
    assert.equal((await bench.delivery(id)).state, 'leased');
    await bench.passTime(1);
    const delivery = await bench.delivery(id);
    assert.deepEqual([delivery.state, delivery.error.code], [state, 'lease_expired']);
    assert.equal(delivery.leaseExpiresAt, undefined);
    await bench.passTime(1000);
  }
});

test('the hub rescues leases by itself, and the next attempt comes to who waits', async (t) => {
  const clock = new FakeClock();
  const hub = await startTestHub(t, { clock });
  const broker = await brokerOf(hub);
  await broker.send();
  const first = await broker.claimOne();
  clock.advance(60_000);
  const { data } = await whenEvent(hub, { types: 'delivery.retried' });
  assert.deepEqual([data.outcome, data.error.code], ['lease_expired', 'lease_expired']);
  clock.advance(1000);
  const again = await broker.claimOne('Worker', { waitSeconds: 30 });
  assert.deepEqual([again.delivery.id, again.delivery.attempt], [first.delivery.id, 2]);
  assert.notEqual(again.delivery.lease, first.delivery.lease);
});

test('a lease that is extended lasts from now on as long as was asked', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send();
  const claimed = await bench.claimOne('Worker', { leaseSeconds: 30 });
  await bench.passTime(20_000);
  const { state, leaseExpiresAt } = await bench.settle('extend', claimed, { leaseSeconds: 30 });
  assert.deepEqual([state, Date.parse(leaseExpiresAt)], ['leased', bench.clock.now() + 30_000]);
  await bench.passTime(29_999);
  assert.equal((await bench.delivery(id)).state, 'leased');
  await bench.settle('extend', claimed, { leaseSeconds: 5 });
  await bench.passTime(5000);
  assert.equal((await bench.delivery(id)).state, 'pending');
});

test('what is released is for anybody at once, and its attempt does not count', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ maxAttempts: 1 });
  for (let n = 0; n < 3; n++) {
    const claimed = await bench.claimOne();
    assert.equal(claimed.delivery.attempt, 1);
    assert.equal((await bench.settle('release', claimed)).state, 'pending');
    assert.equal((await bench.delivery(id)).attempt, 0);
  }
  await bench.settle('complete', await bench.claimOne());
  assert.deepEqual(await bench.rows('select * from attempts'), []);
});

test('what is released for later waits so long', async (t) => {
  const bench = await openBench(t);
  await bench.send();
  await bench.settle('release', await bench.claimOne(), { delaySeconds: 10 });
  await bench.passTime(9999);
  assert.deepEqual(await bench.claim(), []);
  await bench.passTime(1);
  assert.equal((await bench.claimOne()).delivery.attempt, 1);
});

test('each step of a delivery is one event, in order', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send();
  await bench.settle('release', await bench.claimOne());
  await bench.settle('fail', await bench.claimOne(), { delaySeconds: 0 });
  await bench.settle('complete', await bench.claimOne());
  const events = await bench.expect(200, 'GET', `/v1/events?message=${id}`);
  assert.deepEqual(
    events.items.map(({ type }: { type: string }) => type),
    [
      'message.sent',
      'delivery.claimed',
      'delivery.released',
      'delivery.claimed',
      'delivery.retried',
      'delivery.claimed',
      'delivery.completed',
    ],
  );
});

test('the health of a module counts what was processed and what went wrong', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach([{}, {}, {}]);
  await bench.settle('complete', await bench.claimOne());
  await bench.settle('fail', await bench.claimOne());
  await bench.settle('fail', await bench.claimOne(), { retryable: false });
  const { pending, leased, dead, processed, errors } = await bench.expect(200, 'GET', '/v1/modules/Worker/health');
  assert.deepEqual(
    { pending, leased, dead, processed, errors },
    { pending: 1, leased: 0, dead: 1, processed: 1, errors: 2 },
  );
});
