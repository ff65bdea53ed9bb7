import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { numbersOf } from '../support/broker-client.js';

const MINUTE_MS = 60_000;

/** The sweep's whole round. */
const age = async (bench: BrokerBench): Promise<number> => {
  let aged = 0;
  for (;;) {
    const moved = await bench.parts.upkeep.age(bench.clock.now());
    if (moved === 0) return aged;
    aged += moved;
  }
};

const afterMinutes = async (bench: BrokerBench, minutes: number): Promise<void> => {
  for (let minute = 0; minute < minutes; minute++) {
    bench.clock.advance(MINUTE_MS + 1);
    await age(bench);
  }
};

const linePriority = async (bench: BrokerBench, messageId: string): Promise<unknown> =>
  (await bench.rows('select priority from deliveries where message_id = ?', messageId.slice(4)))[0]?.priority;

const sendNumbered = async (bench: BrokerBench, count: number, message: object = {}) =>
  await bench.sendEach(Array.from({ length: count }, (_, n) => ({ payload: { n }, ...message })));

for (const fair of [false, true]) {
  test(`the lowest priority is served although the highest never ends${fair ? ', in a fair inbox too' : ''}`, async (t) => {
    const bench = await openBench(t);
    await bench.register('Busy');
    await bench.expect(200, 'PUT', '/v1/modules/Worker', { fair });
    const low = await bench.send({ priority: 1 });
    await sendNumbered(bench, 5, { from: 'Busy', priority: 10 });
    let minutes = 0;
    const isServed = async (): Promise<boolean> => {
      await sendNumbered(bench, 5, { from: 'Busy', priority: 10 });
      return (await bench.claim('Worker', { max: 5 })).some(({ message }) => message.id === low.id);
    };
    while (!(await isServed()) && minutes < 60) {
      await afterMinutes(bench, 1);
      minutes++;
    }
    assert.ok(minutes >= 9 && minutes <= 11, `it was served after ${minutes} minutes`);
  });
}

test('a delivery moves up by one for each time that it has waited, up to the highest', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ priority: 8 });
  bench.clock.advance(MINUTE_MS);
  assert.equal(await age(bench), 0);
  bench.clock.advance(1);
  assert.deepEqual([await age(bench), await linePriority(bench, id)], [1, 9]);
  assert.equal(await age(bench), 0);
  await afterMinutes(bench, 5);
  assert.equal(await linePriority(bench, id), 10);
});

test('after a long pause of the sweep it moves up by one too', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ priority: 1 });
  bench.clock.advance(60 * MINUTE_MS);
  assert.deepEqual([await age(bench), await linePriority(bench, id)], [1, 2]);
});

test('where it stands in line changes, and the priority of the message does not', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ priority: 4 });
  await afterMinutes(bench, 3);
  assert.equal(await linePriority(bench, id), 7);
  const [waiting] = await bench.inbox();
  const shown = [waiting.message, await bench.message(id), (await bench.claimOne()).message];
  assert.deepEqual(
    shown.map(({ priority }) => priority),
    [4, 4, 4],
  );
});

test('what has moved up is claimed before what was sent at that priority since', async (t) => {
  const bench = await openBench(t);
  await bench.send({ priority: 4, payload: { n: 1 } });
  await afterMinutes(bench, 1);
  await bench.send({ priority: 5, payload: { n: 2 } });
  await bench.send({ priority: 6, payload: { n: 3 } });
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 3 })), [3, 1, 2]);
});

test('what has moved up keeps its place in line among all queues of a module', async (t) => {
  const bench = await openBench(t);
  await bench.subscribe('work', 'Worker');
  await bench.send({ priority: 4, payload: { n: 1 } });
  await afterMinutes(bench, 2);
  await bench.send({ channel: 'work', priority: 5, payload: { n: 2 } });
  await bench.send({ channel: 'work', priority: 7, payload: { n: 3 } });
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 3 })), [3, 1, 2]);
});

test('what is delayed grows no older until it is due', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ priority: 4, delaySeconds: 300 });
  await afterMinutes(bench, 4);
  assert.equal(await linePriority(bench, id), 4);
  await bench.passTime(MINUTE_MS);
  assert.equal(await age(bench), 0);
  await afterMinutes(bench, 1);
  assert.equal(await linePriority(bench, id), 5);
});

test('many of one sender that move up in a fair inbox do not overtake the others there', async (t) => {
  const bench = await openBench(t);
  await bench.register('Busy');
  await bench.expect(200, 'PUT', '/v1/modules/Worker', { fair: true });
  await sendNumbered(bench, 300, { from: 'Busy', priority: 4 });
  bench.clock.advance(MINUTE_MS);
  await sendNumbered(bench, 3, { from: 'Producer', priority: 5 });
  bench.clock.advance(1);
  assert.equal(await age(bench), 300);
  const order = (await bench.claim('Worker', { max: 8 })).map(({ message }) => message.from);
  assert.deepEqual(order, ['Producer', 'Busy', 'Producer', 'Busy', 'Producer', 'Busy', 'Busy', 'Busy']);
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 2 })), [5, 6], 'in the order in which they were sent');
});

test('a step moves a bounded number, and a round all of them', async (t) => {
  const bench = await openBench(t);
  await sendNumbered(bench, 450);
  bench.clock.advance(MINUTE_MS + 1);
  const first = await bench.parts.upkeep.age(bench.clock.now());
  assert.ok(first > 0 && first <= 100, `${first} moved`);
  assert.equal(first + (await age(bench)), 450);
});
