import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../support/broker-bench.js';
import { numbersOf } from '../support/broker-client.js';
import { FakeClock } from '../support/test-hub.js';

test('the highest priority goes first, and of equals the oldest', async (t) => {
  const bench = await openBench(t);
  const priorities = [5, 1, 10, 5, 10, 1, undefined];
  await bench.sendEach(priorities.map((priority, n) => ({ payload: { n }, ...(priority && { priority }) })));
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 3 })), [2, 4, 0]);
  assert.deepEqual(numbersOf(await bench.inbox()), [3, 6, 1, 5]);
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 500 })), [3, 6, 1, 5]);
});

test('a priority above 10 or below 1 is refused', async (t) => {
  const bench = await openBench(t);
  for (const priority of [0, 11, 5.5]) {
    await bench.expect(400, 'POST', '/v1/messages', { from: 'Producer', to: 'Worker', priority });
  }
});

test('a retried delivery keeps its priority and its age', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach([{ payload: { n: 0 }, priority: 7 }]);
  const first = await bench.claimOne();
  await bench.sendEach([
    { payload: { n: 1 }, priority: 7 },
    { payload: { n: 2 }, priority: 8 },
  ]);
  await bench.settle('fail', first, { delaySeconds: 0 });
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 3 })), [2, 0, 1]);
});

test('one claim takes up to 500, and no more may be asked for', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach(Array.from({ length: 510 }, (_, n) => ({ payload: { n } })));
  await bench.expect(400, 'POST', '/v1/modules/Worker/claim', { max: 501 });
  const claimed = await bench.claim('Worker', { max: 500 });
  assert.deepEqual(
    numbersOf(claimed),
    Array.from({ length: 500 }, (_, n) => n),
  );
  assert.equal(new Set(claimed.map(({ delivery }) => delivery.id)).size, 500);
  assert.equal((await bench.claim('Worker', { max: 500 })).length, 10);
});

test('a claim takes one unless it says more, and says when its lease is over', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach([{}, {}]);
  const { delivery } = await bench.claimOne('Worker', { leaseSeconds: 120 });
  assert.equal(Date.parse(delivery.leaseExpiresAt), bench.clock.now() + 120_000);
  assert.equal((await bench.claim()).length, 1);
});

test('a claim of some types leaves the others in line', async (t) => {
  const bench = await openBench(t);
  const types = ['task', 'note', 'task', 'alarm'];
  await bench.sendEach(types.map((type, n) => ({ type, payload: { n } })));
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 10, types: ['task', 'alarm'] })), [0, 2, 3]);
  assert.deepEqual(await bench.claim('Worker', { max: 10, types: ['task'] }), []);
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 10 })), [1]);
});

test('a claim takes from the inbox and all channels of the module in one order, or from the channels that it names', async (t) => {
  const bench = await openBench(t);
  await bench.subscribe('news', 'Worker');
  await bench.subscribe('jobs', 'Worker');
  const targets = [{ to: 'Worker' }, { channel: 'news' }, { channel: 'jobs', priority: 9 }, { channel: 'news' }];
  for (const [n, target] of targets.entries()) await bench.send({ ...target, payload: { n } });
  assert.deepEqual(numbersOf(await bench.inbox()), [2, 0, 1, 3]);
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 10, channels: ['news'] })), [1, 3]);
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 10 })), [2, 0]);
});

test('a channel that the module is not subscribed to cannot be claimed from', async (t) => {
  const bench = await openBench(t);
  await bench.subscribe('news', 'Worker');
  await bench.send({ channel: 'jobs' });
  const { code, errors } = await bench.expect(400, 'POST', '/v1/modules/Worker/claim', { channels: ['news', 'jobs'] });
  assert.deepEqual([code, errors[0].pointer], ['invalid_request', '/channels']);
  assert.deepEqual(await bench.claim('Worker', { max: 10 }), []);
});

test('subscribers of a channel compete: each message goes to one of them', async (t) => {
  const bench = await openBench(t);
  const workers = ['One', 'Two', 'Three'];
  await bench.register(...workers);
  await bench.subscribe('jobs', ...workers);
  for (let n = 0; n < 30; n++) await bench.send({ channel: 'jobs', payload: { n } });
  const claims = Array.from({ length: 12 }, (_, n) => bench.claim(workers[n % 3], { max: 4 }));
  const claimed = (await Promise.all(claims)).flat();
  assert.deepEqual(
    numbersOf(claimed).sort((a, b) => a - b),
    Array.from({ length: 30 }, (_, n) => n),
  );
  const { deliveries } = await bench.message(claimed[0]!.message.id);
  assert.deepEqual([deliveries.length, deliveries[0].state, deliveries[0].channel], [1, 'leased', 'jobs']);
  assert.ok(workers.includes(deliveries[0].module));
});

test('what a subscriber gave back to a channel is for the others again', async (t) => {
  const bench = await openBench(t);
  await bench.register('One', 'Two');
  await bench.subscribe('jobs', 'One', 'Two');
  const { id } = await bench.send({ channel: 'jobs' });
  await bench.settle('fail', await bench.claimOne('One'), { delaySeconds: 0 });
  assert.equal((await bench.delivery(id)).module, undefined);
  await bench.settle('complete', await bench.claimOne('Two'));
  assert.deepEqual([(await bench.delivery(id)).module, (await bench.delivery(id)).attempt], ['Two', 2]);
});

test('the inbox shows what a claim would take and takes nothing', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach([{}, { delaySeconds: 60 }, { orderingKey: 'k' }, { orderingKey: 'k' }]);
  const peeked = await bench.inbox();
  const claimed = await bench.claim('Worker', { max: 10 });
  assert.deepEqual(
    peeked.map(({ delivery, message }) => [delivery.id, delivery.attempt, message]),
    claimed.map(({ delivery, message }) => [delivery.id, delivery.attempt - 1, message]),
  );
  assert.equal(peeked.length, 2);
});

test('nobody can claim for a module that is not registered', async (t) => {
  const bench = await openBench(t);
  assert.equal((await bench.expect(404, 'POST', '/v1/modules/Nobody/claim', {})).code, 'module_not_found');
  assert.equal((await bench.expect(404, 'GET', '/v1/modules/Nobody/inbox')).code, 'module_not_found');
});

/** Every look at it finds it a millisecond later. */
class TickingClock extends FakeClock {
  override now(): number {
    this.advance(1);
    return super.now();
  }
}

test('what a claim answers is leased, also where the time moves on while it claims', async (t) => {
  const bench = await openBench(t, new TickingClock());
  for (let ttl = 1; ttl <= 30; ttl++) {
    const { id } = await bench.send({ ttlSeconds: ttl / 1000 });
    const claimed = await bench.claim();
    assert.equal((await bench.delivery(id)).state === 'leased', claimed.length === 1, `with ${ttl} ms to live`);
    await bench.cancel(id);
  }
  assert.deepEqual(bench.parts.depths.total(), { pending: 0, leased: 0, dead: 0 });
});
