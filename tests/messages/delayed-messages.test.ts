import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../support/broker-bench.js';
import { brokerOf, numbersOf } from '../support/broker-client.js';
import { FakeClock, startTestHub } from '../support/test-hub.js';

test('a delayed message cannot be claimed before its time, and then goes by its priority and its age', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach([
    { payload: { n: 0 }, delaySeconds: 10 },
    { payload: { n: 1 }, delaySeconds: 5, priority: 9 },
    { payload: { n: 2 } },
  ]);
  assert.deepEqual(numbersOf(await bench.inbox()), [2]);
  await bench.passTime(4999);
  assert.deepEqual(numbersOf(await bench.inbox()), [2]);
  await bench.passTime(1);
  assert.deepEqual(numbersOf(await bench.inbox()), [1, 2]);
  await bench.passTime(5000);
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 10 })), [1, 0, 2]);
});

test('its sender sees until when it is delayed', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ delaySeconds: 90 });
  const { state, availableAt } = await bench.delivery(id);
  assert.deepEqual([state, Date.parse(availableAt)], ['pending', bench.clock.now() + 90_000]);
});

test('a delay may have any fraction of a second, of a message and of a verb', async (t) => {
  const bench = await openBench(t);
  for (const delaySeconds of [1.005, 0.0005, 4.35, 1 / 3]) {
    const { id } = await bench.send({ delaySeconds });
    await bench.passTime(5000);
    await bench.settle('release', await bench.claimOne(), { delaySeconds });
    await bench.passTime(5000);
    await bench.settle('fail', await bench.claimOne(), { delaySeconds });
    await bench.passTime(5000);
    await bench.settle('complete', await bench.claimOne());
    assert.equal((await bench.delivery(id)).state, 'done');
  }
});

test('a hub that was down when the time came delivers at its start', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach([{ payload: { n: 0 }, delaySeconds: 10 }]);
  bench.clock.advance(10_000);
  await bench.restart();
  assert.deepEqual(numbersOf(await bench.claim()), [0]);
});

test('a delayed message comes by itself to who waits for it, in the order of the delays', async (t) => {
  const clock = new FakeClock();
  const broker = await brokerOf(await startTestHub(t, { clock }));
  const delays = [0.04, 0.02, 0.06];
  await broker.sendEach(delays.map((delaySeconds, n) => ({ delaySeconds, payload: { n } })));
  assert.deepEqual(await broker.claim('Worker', { max: 10, waitSeconds: 0.1 }), [], 'the clock stands still');
  const order: number[] = [];
  for (let step = 0; step < 3; step++) {
    clock.advance(20);
    order.push(...numbersOf(await broker.claim('Worker', { max: 10, waitSeconds: 30 })));
  }
  assert.deepEqual(order, [1, 0, 2]);
});

test('a message with the shorter delay is not held up by one that was sent before it with a longer', async (t) => {
  const broker = await brokerOf(await startTestHub(t));
  await broker.send({ delaySeconds: 3600, payload: { n: 0 } });
  await broker.send({ delaySeconds: 0.01, payload: { n: 1 } });
  assert.deepEqual(numbersOf(await broker.claim('Worker', { waitSeconds: 30 })), [1]);
});
