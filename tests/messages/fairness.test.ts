import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, asyncProperty, constantFrom, assert as forAll, oneof, record } from 'fast-check';
import { mergeDue } from '../../src/messages/due-order.js';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { type Claimed, failure, numbersOf } from '../support/broker-client.js';

const senders = ['Ann', 'Bob', 'Cid', 'Dee'] as const;

const openFair = async (...[t]: Parameters<typeof openBench>): Promise<BrokerBench> => {
  const bench = await openBench(t);
  await bench.register(...senders);
  await bench.expect(200, 'PUT', '/v1/modules/Worker', { fair: true });
  return bench;
};

const sendMany = async (bench: BrokerBench, from: string, count: number, message: object = {}) =>
  await bench.sendEach(Array.from({ length: count }, (_, n) => ({ from, payload: { n }, ...message })));

/** Who sent what is claimed, in its order. */
const claimSenders = async (bench: BrokerBench, max: number): Promise<string[]> =>
  (await bench.claim('Worker', { max })).map(({ message }) => message.from);

const completeAll = async (bench: BrokerBench, claimed: readonly Claimed[]): Promise<void> => {
  const complete = claimed.map(({ delivery: { id, lease } }) => ({ id, lease }));
  await bench.expect(200, 'POST', '/v1/deliveries/batch', { complete });
};

const times = (sender: string, count: number): string[] => Array.from({ length: count }, () => sender);

test('without fairness the older goes first, whoever sent it', async (t) => {
  const bench = await openBench(t);
  await bench.register('Ann', 'Bob');
  await sendMany(bench, 'Ann', 5);
  await sendMany(bench, 'Bob', 1);
  assert.deepEqual(await claimSenders(bench, 10), [...times('Ann', 5), 'Bob']);
});

test('in a fair inbox who sends one message waits for one of a sender of many', async (t) => {
  const bench = await openFair(t);
  await sendMany(bench, 'Ann', 100);
  await sendMany(bench, 'Bob', 1);
  await sendMany(bench, 'Cid', 2);
  assert.deepEqual(await claimSenders(bench, 7), ['Ann', 'Bob', 'Cid', 'Ann', 'Cid', 'Ann', 'Ann']);
});

test('who comes when many turns are over owes none of them', async (t) => {
  const bench = await openFair(t);
  await sendMany(bench, 'Ann', 100);
  await bench.claim('Worker', { max: 50 });
  await sendMany(bench, 'Bob', 3);
  assert.deepEqual(await claimSenders(bench, 6), ['Bob', 'Ann', 'Bob', 'Ann', 'Bob', 'Ann']);
});

test('messages of one sender stay in their order', async (t) => {
  const bench = await openFair(t);
  await sendMany(bench, 'Ann', 20);
  await sendMany(bench, 'Bob', 5);
  const ofAnn = (await bench.claim('Worker', { max: 25 })).filter(({ message }) => message.from === 'Ann');
  assert.deepEqual(numbersOf(ofAnn), [...Array(20).keys()]);
});

test('priority comes before fairness, which holds within each', async (t) => {
  const bench = await openFair(t);
  await sendMany(bench, 'Ann', 3, { priority: 9 });
  await sendMany(bench, 'Bob', 2, { priority: 1 });
  await sendMany(bench, 'Cid', 2, { priority: 9 });
  await sendMany(bench, 'Dee', 1, { priority: 1 });
  const order = await claimSenders(bench, 10);
  assert.deepEqual(order, ['Ann', 'Cid', 'Ann', 'Cid', 'Ann', 'Bob', 'Dee', 'Bob']);
});

test('a fair channel lets senders take turns, one that is not goes by age', async (t) => {
  const bench = await openFair(t);
  for (const [channel, order] of [
    ['even', ['Ann', 'Bob', 'Ann', 'Ann']],
    ['plain', ['Ann', 'Ann', 'Ann', 'Bob']],
  ] as const) {
    await bench.expect(200, 'PUT', `/v1/channels/${channel}`, { fair: channel === 'even' });
    await bench.subscribe(channel, 'Worker');
    for (const from of ['Ann', 'Ann', 'Ann', 'Bob']) await bench.send({ from, channel });
    assert.deepEqual(await claimSenders(bench, 4), order);
  }
});

test('between two turns of one sender each other that waits has one, whatever is sent and claimed when', async (t) => {
  const bench = await openFair(t);
  const step = oneof(
    record({ from: constantFrom(...senders), priority: constantFrom(3, 7), count: constantFrom(1, 1, 2, 7) }),
    record({ claim: constantFrom(1, 1, 2, 5) }),
    constantFrom('tidy' as const),
  );
  const holds = asyncProperty(array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
    const waiting = new Map<string, number>();
    /** For each sender: who has waited since its last turn without one. */
    const owed = new Map<string, Set<string>>();
    const took = (line: string, sender: string): void => {
      const me = `${line} ${sender}`;
      assert.deepEqual([...(owed.get(me) ?? [])], [], `${me} had a second turn`);
      waiting.set(me, (waiting.get(me) ?? 0) - 1);
      for (const others of owed.values()) others.delete(me);
      const now = [...waiting].filter(([other, count]) => other.startsWith(line) && other !== me && count > 0);
      owed.set(me, new Set(now.map(([other]) => other)));
    };
    for (const each of steps) {
      if (each === 'tidy') await bench.parts.upkeep.tidyFairRanks();
      else if ('claim' in each) {
        const claimed = await bench.claim('Worker', { max: each.claim });
        for (const { message } of claimed) took(message.priority, message.from);
        await completeAll(bench, claimed);
      } else {
        await sendMany(bench, each.from, each.count, { priority: each.priority });
        const me = `${each.priority} ${each.from}`;
        waiting.set(me, (waiting.get(me) ?? 0) + each.count);
      }
    }
    await completeAll(bench, await bench.claim('Worker', { max: 500 }));
  });
  await forAll(holds, { numRuns: 60 });
});

test('the turns go on where they were when the hub starts again', async (t) => {
  const bench = await openFair(t);
  await sendMany(bench, 'Ann', 10);
  await bench.claim('Worker', { max: 4 });
  await bench.restart();
  await sendMany(bench, 'Bob', 2);
  assert.deepEqual(await claimSenders(bench, 4), ['Bob', 'Ann', 'Bob', 'Ann']);
});

test('a retried delivery keeps its priority and its turn', async (t) => {
  const bench = await openFair(t);
  await sendMany(bench, 'Ann', 3, { priority: 7 });
  await sendMany(bench, 'Bob', 3, { priority: 7 });
  const first = await bench.claimOne();
  await bench.claim('Worker', { max: 2 });
  await bench.settle('fail', first, { error: failure, delaySeconds: 0 });
  const again = await bench.claimOne();
  assert.deepEqual([again.message.id, again.message.priority], [first.message.id, 7]);
});

test('what comes back after the turns were forgotten does not wait for all that came since', async (t) => {
  const bench = await openFair(t);
  await sendMany(bench, 'Ann', 30, { maxAttempts: 1 });
  const claimed = await bench.claim('Worker', { max: 30 });
  const last = claimed.pop()!;
  for (const each of claimed) await bench.settle('complete', each);
  await bench.settle('fail', last);
  await bench.parts.upkeep.tidyFairRanks();
  await sendMany(bench, 'Bob', 10);
  await bench.expect(200, 'POST', '/v1/dead-letters/redrive', { ids: [last.delivery.id] });
  assert.equal((await bench.claimOne()).message.from, 'Ann');
});

test('turns are forgotten where nothing is left, and the sweep ends', async (t) => {
  const bench = await openFair(t);
  const remembered = async () => await bench.rows('select sender from fair_ranks where queue = ?', 'Worker');
  await sendMany(bench, 'Ann', 2);
  await sendMany(bench, 'Bob', 1);
  const claimed = await bench.claim('Worker', { max: 3 });
  assert.equal(await bench.parts.upkeep.tidyFairRanks(), 0);
  for (const each of claimed) await bench.settle('complete', each);
  assert.ok((await bench.parts.upkeep.tidyFairRanks()) > 0);
  assert.deepEqual(
    [(await remembered()).length, await bench.parts.upkeep.tidyFairRanks()],
    [1, 0],
    'all but where the queue has come to',
  );
  await bench.expect(204, 'DELETE', '/v1/modules/Worker');
  await bench.parts.upkeep.tidyFairRanks();
  assert.deepEqual(await remembered(), []);
});

test('an inbox that is fair no longer goes by age again, also for what waits already', async (t) => {
  const bench = await openFair(t);
  await sendMany(bench, 'Ann', 4);
  await sendMany(bench, 'Bob', 2);
  await bench.expect(200, 'PUT', '/v1/modules/Worker', { fair: false });
  await sendMany(bench, 'Cid', 2);
  assert.equal(await bench.parts.upkeep.tidyFairRanks(), 6);
  assert.equal(await bench.parts.upkeep.tidyFairRanks(), 0);
  const order = [...times('Ann', 4), ...times('Bob', 2), ...times('Cid', 2)];
  assert.deepEqual(await claimSenders(bench, 10), order);
});

test('an inbox that becomes fair serves what waited before in its order', async (t) => {
  const bench = await openBench(t);
  await bench.register('Ann', 'Bob');
  await sendMany(bench, 'Ann', 3);
  await bench.expect(200, 'PUT', '/v1/modules/Worker', { fair: true });
  await sendMany(bench, 'Ann', 3);
  await sendMany(bench, 'Bob', 2);
  const order = [...times('Ann', 3), 'Ann', 'Bob', 'Ann', 'Bob', 'Ann'];
  assert.deepEqual(await claimSenders(bench, 10), order);
});

test('a fair inbox and a channel that is not hold each other up no longer than their age', async (t) => {
  const bench = await openFair(t);
  await bench.subscribe('plain', 'Worker');
  await sendMany(bench, 'Ann', 3);
  const channel = { channel: 'plain', from: 'Bob' };
  for (let n = 0; n < 3; n++) await bench.send(channel);
  await sendMany(bench, 'Ann', 1);
  await bench.send(channel);
  assert.deepEqual(await claimSenders(bench, 10), [...times('Ann', 3), ...times('Bob', 3), 'Ann', 'Bob']);
});

test('of several queues the highest priority goes first, then the older head, each queue in its own order', () => {
  const row = (delivery_id: number, line_priority = 5) => ({ delivery_id, line_priority });
  const lines = [[row(2, 9), row(8), row(3)], [row(5), row(6)], [], [row(4), row(9, 1)]];
  const ids = (limit: number) => mergeDue(lines, limit).map(({ delivery_id }) => delivery_id);
  assert.deepEqual(ids(10), [2, 4, 5, 6, 8, 3, 9]);
  assert.deepEqual(ids(3), [2, 4, 5]);
});
