import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { brokerOf, failure, numbersOf } from '../support/broker-client.js';
import { startTestHub } from '../support/test-hub.js';

const toNews = { channel: 'news', broadcast: true };

const subscribe = async (bench: BrokerBench, module: string, channel = 'news'): Promise<number> =>
  (await bench.call('PUT', `/v1/channels/${channel}/subscriptions/${module}`)).body.delivered;

const openNews = async (...[t]: Parameters<typeof openBench>): Promise<BrokerBench> => {
  const bench = await openBench(t);
  await bench.register('Ann', 'Bob', 'Cid');
  return bench;
};

const claimAll = async (bench: BrokerBench, module: string) => await bench.claim(module, { max: 500 });

test('a broadcast has a delivery for each subscriber but its sender', async (t) => {
  const bench = await openNews(t);
  await bench.subscribe('news', 'Ann', 'Bob', 'Producer');
  const { deliveries, to } = await bench.send({ ...toNews, payload: { n: 1 } });
  assert.deepEqual(
    deliveries.map(({ module, state }: { module: string; state: string }) => [module, state]),
    [
      ['Ann', 'pending'],
      ['Bob', 'pending'],
    ],
  );
  assert.equal(to, undefined);
  for (const module of ['Ann', 'Bob']) assert.deepEqual(numbersOf(await claimAll(bench, module)), [1]);
  for (const module of ['Cid', 'Producer']) assert.deepEqual(await claimAll(bench, module), []);
});

test('without a channel a broadcast comes to every module but its sender', async (t) => {
  const bench = await openNews(t);
  const { deliveries } = await bench.send({ broadcast: true });
  const modules = deliveries.map(({ module }: { module: string }) => module).sort();
  assert.deepEqual(modules, ['Ann', 'Bob', 'Cid', 'Worker']);
});

test('its sender sees how it stands with each recipient', async (t) => {
  const bench = await openNews(t);
  await bench.subscribe('news', 'Ann', 'Bob', 'Cid', 'Worker');
  const { id } = await bench.send({ ...toNews, maxAttempts: 1 });
  await bench.settle('complete', await bench.claimOne('Ann'));
  await bench.settle('fail', await bench.claimOne('Bob'), { error: failure });
  await bench.claimOne('Cid');
  const { deliveries } = await bench.message(id);
  const states = deliveries.map((each: { module: string; state: string; error?: object }) => [
    each.module,
    each.state,
    each.error,
  ]);
  assert.deepEqual(states, [
    ['Ann', 'done', undefined],
    ['Bob', 'dead', failure],
    ['Cid', 'leased', undefined],
    ['Worker', 'pending', undefined],
  ]);
});

test('who subscribes late gets what is still alive, oldest first', async (t) => {
  const bench = await openNews(t);
  await bench.subscribe('news', 'Ann');
  await bench.send({ ...toNews, payload: { n: 1 } });
  await bench.send({ ...toNews, payload: { n: 2 }, ttlSeconds: 10 });
  await bench.send({ ...toNews, payload: { n: 3 }, ttlSeconds: 20 });
  await bench.send({ channel: 'other', broadcast: true, payload: { n: 4 } });
  await bench.send({ channel: 'news', payload: { n: 5 } });
  await claimAll(bench, 'Ann');
  await bench.passTime(10_000);
  assert.equal(await subscribe(bench, 'Bob'), 2);
  await bench.send({ ...toNews, payload: { n: 6 } });
  assert.deepEqual(numbersOf(await claimAll(bench, 'Bob')), [1, 3, 6]);
  await bench.passTime(10_000);
  assert.equal(await subscribe(bench, 'Cid'), 2);
});

test('what comes late expires with its message', async (t) => {
  const bench = await openNews(t);
  await bench.send({ ...toNews, ttlSeconds: 10 });
  assert.equal(await subscribe(bench, 'Ann'), 1);
  await bench.passTime(10_000);
  assert.deepEqual(await claimAll(bench, 'Ann'), []);
  assert.deepEqual(
    (await bench.rows('select state from deliveries')).map(({ state }) => state),
    ['expired'],
  );
});

test('who subscribes again gets nothing twice', async (t) => {
  const bench = await openNews(t);
  await bench.subscribe('news', 'Ann');
  await bench.send({ ...toNews, payload: { n: 1 } });
  await bench.settle('complete', await bench.claimOne('Ann'));
  assert.equal(await subscribe(bench, 'Ann'), 0);
  await bench.expect(204, 'DELETE', '/v1/channels/news/subscriptions/Ann');
  await bench.send({ ...toNews, payload: { n: 2 } });
  assert.equal(await subscribe(bench, 'Ann'), 1);
  assert.deepEqual(numbersOf(await claimAll(bench, 'Ann')), [2]);
});

test('who subscribes twice at once gets everything once', async (t) => {
  const bench = await openNews(t);
  for (let n = 0; n < 5; n++) await bench.send({ ...toNews, payload: { n } });
  await Promise.all([1, 2, 3].map(() => subscribe(bench, 'Ann')));
  assert.deepEqual(numbersOf(await claimAll(bench, 'Ann')), [0, 1, 2, 3, 4]);
});

test('nobody gets its own broadcast back by subscribing late', async (t) => {
  const bench = await openNews(t);
  await bench.send({ ...toNews, from: 'Ann' });
  assert.deepEqual([await subscribe(bench, 'Ann'), await subscribe(bench, 'Bob')], [0, 1]);
});

test('a broadcast that nobody hears is stored, and comes to each who subscribes while it lives', async (t) => {
  const bench = await openNews(t);
  const { id, deliveries } = await bench.send({ ...toNews, payload: { n: 1 } });
  assert.deepEqual(deliveries, []);
  await bench.restart();
  for (const module of ['Ann', 'Bob']) {
    await subscribe(bench, module);
    assert.deepEqual(numbersOf(await claimAll(bench, module)), [1]);
  }
  assert.equal((await bench.message(id)).deliveries.length, 2);
});

test('a late subscriber that waits already hears of it at once', async (t) => {
  const hub = await startTestHub(t);
  const broker = await brokerOf(hub);
  await broker.send({ ...toNews, payload: { n: 1 } });
  const waiting = broker.claim('Worker', { waitSeconds: 60 });
  await broker.subscribe('news', 'Worker');
  assert.deepEqual(numbersOf(await waiting), [1]);
});

test('a broadcast that waits for its time waits for late subscribers too', async (t) => {
  const bench = await openNews(t);
  await bench.subscribe('news', 'Ann');
  await bench.send({ ...toNews, delaySeconds: 60 });
  assert.equal(await subscribe(bench, 'Bob'), 1);
  for (const module of ['Ann', 'Bob']) assert.deepEqual(await claimAll(bench, module), []);
  await bench.passTime(60_000);
  for (const module of ['Ann', 'Bob']) assert.equal((await claimAll(bench, module)).length, 1);
});

test('a broadcast that was cancelled comes to nobody any more', async (t) => {
  const bench = await openNews(t);
  await bench.subscribe('news', 'Ann');
  const { id } = await bench.send(toNews);
  assert.equal(await bench.cancel(id), 1);
  assert.equal(await subscribe(bench, 'Bob'), 0);
});

test('a late subscriber gets thousands in their order, with those that are sent meanwhile behind them', async (t) => {
  const bench = await openNews(t);
  const numbered = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ to: undefined, ...toNews, payload: { n: from + n } }));
  for (let page = 0; page < 3; page++) await bench.sendEach(numbered(page * 1000, 1000));
  const subscribing = subscribe(bench, 'Ann');
  for (let n = 3000; n < 3050; n += 10) await bench.sendEach(numbered(n, 10));
  await subscribing;
  const order: number[] = [];
  for (;;) {
    const page = numbersOf(await claimAll(bench, 'Ann'));
    if (page.length === 0) break;
    order.push(...page);
  }
  assert.deepEqual(order, [...Array(3050).keys()]);
});
