import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { type BrokerClient, brokerOf, type Claimed, numbersOf } from '../support/broker-client.js';
import { startTestHub } from '../support/test-hub.js';

/** Claims that wait; `settled` tells in which order they got something. */
const startWaiters = async (bench: BrokerBench, count: number, request: object = {}) => {
  const settled: { waiter: number; items: Claimed[] }[] = [];
  const all = Array.from({ length: count }, async (_, waiter) => {
    settled.push({ waiter, items: await bench.claim('Worker', { waitSeconds: 30, ...request }) });
  });
  await looked(bench);
  return { settled, all };
};

/** Works are written in the order in which they are asked for: every claim asked for before this has looked when it is over. */
const looked = (bench: BrokerClient): Promise<void> => bench.register('Passer');

test('a claim that waits is answered by the send', async (t) => {
  const broker = await brokerOf(await startTestHub(t));
  for (let n = 0; n < 5; n++) {
    const waiting = broker.claimOne('Worker', { waitSeconds: 30 });
    const sent = await broker.send({ payload: { n } });
    assert.equal((await waiting).message.id, sent.id);
  }
  const types = (await broker.events('message.sent,delivery.claimed')).map(({ type }) => type);
  assert.deepEqual(types, Array(5).fill(['message.sent', 'delivery.claimed']).flat());
});

test('a claim that waits in vain answers with nothing', async (t) => {
  const broker = await brokerOf(await startTestHub(t));
  assert.deepEqual(await broker.claim('Worker', { waitSeconds: 0.05 }), []);
});

test('a claim that waits ends when its module is removed', async (t) => {
  const hub = await startTestHub(t);
  const broker = await brokerOf(hub);
  const waiting = hub.call('POST', '/v1/modules/Worker/claim', { waitSeconds: 30 });
  await looked(broker);
  assert.equal((await hub.call('DELETE', '/v1/modules/Worker')).status, 204);
  const { status, body } = await waiting;
  assert.deepEqual([status, body.code], [404, 'module_not_found']);
});

test('one delivery wakes one waiter, the one that has waited longest, and the others still wait', async (t) => {
  const bench = await openBench(t);
  const { settled, all } = await startWaiters(bench, 20);
  for (let n = 0; n < 20; n++) {
    await bench.send({ payload: { n } });
    await all[n];
    await looked(bench);
    assert.deepEqual(
      settled.map(({ waiter, items }) => [waiter, ...numbersOf(items)]),
      Array.from({ length: n + 1 }, (_, waiter) => [waiter, waiter]),
    );
  }
});

test('as many waiters are woken as deliveries come at once', async (t) => {
  const bench = await openBench(t);
  const { settled, all } = await startWaiters(bench, 5);
  await bench.sendEach([{ payload: { n: 0 } }, { payload: { n: 1 } }, { payload: { n: 2 } }]);
  await Promise.all(all.slice(0, 3));
  await looked(bench);
  assert.deepEqual(
    settled.map(({ items }) => numbersOf(items)),
    [[0], [1], [2]],
  );
});

test('a waiter takes as many as it may of what came at once, and leaves the rest to the next', async (t) => {
  const bench = await openBench(t);
  const { settled, all } = await startWaiters(bench, 3, { max: 2 });
  await bench.sendEach(Array.from({ length: 5 }, (_, n) => ({ payload: { n } })));
  await Promise.all(all);
  assert.deepEqual(
    settled.map(({ items }) => numbersOf(items)),
    [[0, 1], [2, 3], [4]],
  );
});

test('a delivery of a type that the first waiters do not take goes to the next at once', async (t) => {
  const bench = await openBench(t);
  const alarms = bench.claim('Worker', { waitSeconds: 30, types: ['alarm'] });
  const alarmsToo = bench.claim('Worker', { waitSeconds: 30, types: ['alarm', 'news'] });
  const { settled, all } = await startWaiters(bench, 1);
  await bench.send({ type: 'task', payload: { n: 0 } });
  await all[0];
  assert.deepEqual(numbersOf(settled[0]!.items), [0]);
  await bench.send({ type: 'alarm', payload: { n: 1 } });
  await bench.send({ type: 'alarm', payload: { n: 2 } });
  // Which of the two requests came first is not known.
  assert.deepEqual(numbersOf([...(await alarms), ...(await alarmsToo)]).sort(), [1, 2]);
});

test('a delivery that is released, retried at once or redriven wakes who waits', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send();
  const next = (): Promise<Claimed> => bench.claimOne('Worker', { waitSeconds: 30 });
  let claimed = await next();
  for (const [verb, rest] of [
    ['release', {}],
    ['fail', { delaySeconds: 0 }],
  ] as const) {
    const waiting = next();
    await looked(bench);
    await bench.settle(verb, claimed, rest);
    claimed = await waiting;
  }
  await bench.settle('fail', claimed, { retryable: false });
  const waiting = next();
  await looked(bench);
  await bench.expect(200, 'POST', '/v1/dead-letters/redrive', { ids: [claimed.delivery.id] });
  assert.equal((await waiting).message.id, id);
});

test('a waiter on several channels is woken by any of them, once', async (t) => {
  const bench = await openBench(t);
  await bench.subscribe('news', 'Worker');
  await bench.subscribe('jobs', 'Worker');
  for (const target of [{ channel: 'jobs' }, { to: 'Worker' }, { channel: 'news' }]) {
    const { settled, all } = await startWaiters(bench, 1);
    const { id } = await bench.send(target);
    await all[0];
    assert.equal(settled[0]!.items[0]!.message.id, id);
  }
});

test('a client that went away while it waited swallows nothing', async (t) => {
  const hub = await startTestHub(t);
  const broker = await brokerOf(hub);
  const asked = once(hub.hub.app.server, 'request');
  const lost = request(`${hub.url}/v1/modules/Worker/claim`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.key}`, 'content-type': 'application/json' },
    agent: false,
  });
  const failed = once(lost, 'error');
  lost.end(JSON.stringify({ waitSeconds: 60 }));
  const [{ socket }] = (await asked) as [IncomingMessage];
  const stays = broker.claimOne('Worker', { waitSeconds: 60 });
  await looked(broker);
  const closed = once(socket, 'close');
  lost.destroy();
  await Promise.all([failed, closed]);
  const { id } = await broker.send();
  const { delivery, message } = await stays;
  assert.deepEqual([message.id, delivery.attempt], [id, 1]);
});

test('what was claimed for a client that is gone is given back untried, and goes to who waits', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send();
  const gone = new AbortController();
  const claiming = bench.parts.deliveries.claim('Worker', { max: 1, waitMs: 0, leaseMs: 60_000, signal: gone.signal });
  const stays = bench.claimOne('Worker', { waitSeconds: 30 });
  gone.abort();
  assert.deepEqual(await claiming, []);
  const { delivery, message } = await stays;
  assert.deepEqual([message.id, delivery.attempt], [id, 1]);
});
