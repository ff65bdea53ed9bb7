import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { type AnyJson, type Claimed, numbersOf } from '../support/broker-client.js';

const all = { max: 500 };

/** Messages 0, 1 and 2 of one key, and 3 of another. */
const openWithKey = async (t: TestContext, head: object = {}): Promise<{ bench: BrokerBench; ids: string[] }> => {
  const bench = await openBench(t);
  const keys = ['k', 'k', 'k', 'other'];
  const sent = await bench.sendEach(
    keys.map((orderingKey, n) => ({ orderingKey, payload: { n }, ...(n === 0 ? head : {}) })),
  );
  return { bench, ids: sent.map(({ id }: AnyJson) => id) };
};

test('of one key at most one is out at a time, in order, and other keys are not held up', async (t) => {
  const { bench } = await openWithKey(t);
  const [first, other] = await bench.claim('Worker', all);
  assert.deepEqual(numbersOf([first!, other!]), [0, 3]);
  assert.deepEqual(await bench.claim('Worker', all), []);
  await bench.settle('complete', first!);
  const second = await bench.claimOne('Worker', all);
  assert.deepEqual(numbersOf([second]), [1]);
  await bench.settle('complete', second);
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [2]);
});

test('a higher priority does not overtake within its key', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach([
    { orderingKey: 'k', priority: 1, payload: { n: 0 } },
    { orderingKey: 'k', priority: 10, payload: { n: 1 } },
    { priority: 5, payload: { n: 2 } },
  ]);
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [2, 0]);
});

/** Ends the first of its key for good; it was claimed unless it could not be. */
const endings: Readonly<
  Record<string, (bench: BrokerBench, id: string, claimed: Claimed | undefined) => Promise<unknown>>
> = {
  'is done': (bench, _id, claimed) => bench.settle('complete', claimed!),
  'is a dead letter': (bench, _id, claimed) => bench.settle('fail', claimed!, { retryable: false }),
  'has expired': (bench) => bench.passTime(100_000),
  'is cancelled': (bench, id) => bench.cancel(id),
};

for (const [ending, end] of Object.entries(endings)) {
  test(`when the first of a key ${ending}, it is the turn of the next`, async (t) => {
    const { bench, ids } = await openWithKey(t, { ttlSeconds: 100 });
    const [claimed] = await bench.claim('Worker', all);
    await end(bench, ids[0]!, claimed);
    await bench.passTime(1000);
    assert.deepEqual(
      numbersOf(await bench.inbox()).filter((n) => n !== 3),
      [1],
    );
  });
}

for (const ending of ['has expired', 'is cancelled'] as const) {
  test(`when the first of a key ${ending} before anybody took it, it is the turn of the next`, async (t) => {
    const { bench, ids } = await openWithKey(t, { ttlSeconds: 100 });
    await endings[ending]!(bench, ids[0]!, undefined);
    assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [1, 3]);
  });
}

test('while the first of a key is delayed or pauses before its next attempt, the others of the key wait', async (t) => {
  const { bench } = await openWithKey(t, { delaySeconds: 10 });
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [3]);
  await bench.passTime(10_000);
  const first = await bench.claimOne('Worker', all);
  await bench.settle('fail', first, { delaySeconds: 10 });
  assert.deepEqual(await bench.claim('Worker', all), []);
  await bench.passTime(10_000);
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [0]);
});

test('a lease that is over keeps the turn of its key', async (t) => {
  const { bench } = await openWithKey(t);
  await bench.claim('Worker', all);
  await bench.passTime(60_000);
  await bench.passTime(1000);
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [0, 3]);
});

test('the delay of one that waited for its turn still counts when the turn comes', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach([
    { orderingKey: 'k', payload: { n: 0 } },
    { orderingKey: 'k', payload: { n: 1 }, delaySeconds: 10 },
    { orderingKey: 'l', payload: { n: 2 } },
    { orderingKey: 'l', payload: { n: 3 }, delaySeconds: 10 },
  ]);
  const [first, second] = await bench.claim('Worker', all);
  await bench.settle('complete', first!);
  assert.deepEqual(await bench.claim('Worker', all), []);
  await bench.passTime(10_000);
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [1]);
  await bench.settle('complete', second!);
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [3]);
});

test('cancelling one that waits for its turn leaves the turn where it is', async (t) => {
  const { bench, ids } = await openWithKey(t);
  await bench.cancel(ids[1]!);
  const [first] = await bench.claim('Worker', all);
  assert.deepEqual(await bench.claim('Worker', all), []);
  await bench.settle('complete', first!);
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [2]);
});

test('a dead letter that is redriven waits while another of its key is out, and then goes first', async (t) => {
  const { bench } = await openWithKey(t);
  const [first] = await bench.claim('Worker', all);
  await bench.settle('fail', first!, { retryable: false });
  const second = await bench.claimOne('Worker', all);
  await bench.expect(200, 'POST', '/v1/dead-letters/redrive', { ids: [first!.delivery.id] });
  assert.deepEqual(await bench.claim('Worker', all), []);
  await bench.settle('complete', second);
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [0]);
});

test('a redriven dead letter does not get the turn because a third of its key goes away', async (t) => {
  const { bench, ids } = await openWithKey(t);
  const [first] = await bench.claim('Worker', all);
  await bench.settle('fail', first!, { retryable: false });
  await bench.claimOne('Worker', all);
  await bench.expect(200, 'POST', '/v1/dead-letters/redrive', { ids: [first!.delivery.id] });
  await bench.cancel(ids[2]!);
  assert.deepEqual(await bench.claim('Worker', all), []);
});

test('a key is of one queue: the same key in another inbox, or in a channel, is another line', async (t) => {
  const bench = await openBench(t);
  await bench.register('Second');
  await bench.subscribe('jobs', 'Second');
  for (const [n, target] of [{ to: 'Worker' }, { to: 'Second' }, { channel: 'jobs' }].entries())
    await bench.send({ ...target, orderingKey: 'k', payload: { n } });
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [0]);
  assert.deepEqual(numbersOf(await bench.claim('Second', all)), [1, 2]);
});

test('competing consumers of a channel get the messages of a key one after another', async (t) => {
  const bench = await openBench(t);
  await bench.register('One', 'Two');
  await bench.subscribe('jobs', 'One', 'Two');
  for (let n = 0; n < 6; n++) await bench.send({ channel: 'jobs', orderingKey: 'k', payload: { n } });
  const order: number[] = [];
  for (let n = 0; n < 6; n++) {
    const claims = await Promise.all([bench.claim('One', all), bench.claim('Two', all)]);
    const [claimed, ...more] = claims.flat();
    assert.deepEqual(more, []);
    order.push(...numbersOf([claimed!]));
    await bench.settle('complete', claimed!);
  }
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
});

test('a conversation is an ordering key unless the message has one of its own', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach([
    { conversationId: 'talk', payload: { n: 0 } },
    { conversationId: 'talk', payload: { n: 1 } },
    { conversationId: 'talk', orderingKey: 'aside', payload: { n: 2 } },
  ]);
  assert.deepEqual(numbersOf(await bench.claim('Worker', all)), [0, 2]);
});

test('who waits is woken when the turn comes', async (t) => {
  const { bench } = await openWithKey(t);
  const [first] = await bench.claim('Worker', all);
  const waiting = bench.claim('Worker', { ...all, waitSeconds: 30 });
  await bench.settle('complete', first!);
  assert.deepEqual(numbersOf(await waiting), [1]);
});
