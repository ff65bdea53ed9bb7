import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../support/broker-bench.js';
import { brokerOf, numbersOf } from '../support/broker-client.js';
import { startTestHub } from '../support/test-hub.js';

const toWork = { channel: 'work' };

test('what is sent to a channel is claimed by one of its subscribers', async (t) => {
  const bench = await openBench(t);
  await bench.register('Ann', 'Bob');
  await bench.subscribe('work', 'Ann', 'Bob');
  for (let n = 0; n < 4; n++) await bench.send({ ...toWork, payload: { n } });
  const claims = await Promise.all(['Ann', 'Bob', 'Ann', 'Bob', 'Ann'].map((module) => bench.claim(module)));
  assert.deepEqual(claims.flatMap(numbersOf).sort(), [0, 1, 2, 3]);
  assert.deepEqual(claims.at(-1), []);
});

test('who claims is shown with the delivery, and is forgotten when it gives it back', async (t) => {
  const bench = await openBench(t);
  await bench.subscribe('work', 'Worker');
  const { id, deliveries } = await bench.send(toWork);
  assert.deepEqual([deliveries.length, deliveries[0].module], [1, undefined]);
  const claimed = await bench.claimOne();
  assert.deepEqual([(await bench.delivery(id)).channel, (await bench.delivery(id)).module], ['work', 'Worker']);
  await bench.settle('release', claimed);
  assert.equal((await bench.delivery(id)).module, undefined);
});

test('where nobody is subscribed a message waits for the first that is, also across a restart', async (t) => {
  const bench = await openBench(t);
  for (let n = 0; n < 3; n++) await bench.send({ ...toWork, payload: { n } });
  await bench.restart();
  assert.deepEqual(await bench.claim(), []);
  await bench.subscribe('work', 'Worker');
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 10 })), [0, 1, 2]);
});

test('a subscriber claims from its inbox and its channels, or only from those it names', async (t) => {
  const bench = await openBench(t);
  await bench.subscribe('work', 'Worker');
  await bench.subscribe('play', 'Worker');
  await bench.send({ payload: { n: 0 } });
  await bench.send({ channel: 'play', payload: { n: 1 } });
  await bench.send({ ...toWork, payload: { n: 2 } });
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 10, channels: ['work'] })), [2]);
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 10 })), [0, 1]);
});

test('nobody claims from a channel that it is not subscribed to', async (t) => {
  const bench = await openBench(t);
  await bench.send(toWork);
  const { status, body } = await bench.call('POST', '/v1/modules/Worker/claim', { channels: ['work'] });
  assert.deepEqual([status, body.errors[0].pointer], [400, '/channels']);
});

test('who has left a channel gets nothing more from it, and keeps what it holds', async (t) => {
  const bench = await openBench(t);
  await bench.subscribe('work', 'Worker');
  const { id } = await bench.send(toWork);
  await bench.send(toWork);
  const claimed = await bench.claimOne();
  await bench.expect(204, 'DELETE', '/v1/channels/work/subscriptions/Worker');
  assert.deepEqual(await bench.claim(), []);
  await bench.settle('complete', claimed);
  assert.equal((await bench.delivery(id)).state, 'done');
});

test('a channel is made by its first use: a message, a subscription, or its settings', async (t) => {
  const bench = await openBench(t);
  await bench.send({ channel: 'sent' });
  await bench.send({ channel: 'cast', broadcast: true });
  await bench.subscribe('heard', 'Worker');
  await bench.expect(200, 'PUT', '/v1/channels/set', { fair: true });
  for (const isRestarted of [false, true]) {
    if (isRestarted) await bench.restart();
    const { items } = await bench.expect(200, 'GET', '/v1/channels');
    assert.deepEqual(
      items.map((channel: Record<string, unknown>) => [channel.name, channel.depth, channel.subscribers, channel.fair]),
      [
        ['cast', 0, [], undefined],
        ['heard', 0, ['Worker'], undefined],
        ['sent', 1, [], undefined],
        ['set', 0, [], true],
      ],
    );
  }
});

test('the list of channels shows what waits, what is out, and how old the oldest is', async (t) => {
  const bench = await openBench(t);
  await bench.subscribe('work', 'Worker');
  const look = async () => (await bench.expect(200, 'GET', '/v1/channels')).items[0];
  assert.deepEqual([(await look()).depth, (await look()).oldestAgeSeconds], [0, null]);
  await bench.send({ ...toWork, priority: 2 });
  bench.clock.advance(5000);
  await bench.send({ ...toWork, priority: 9 });
  bench.clock.advance(5000);
  assert.deepEqual([(await look()).depth, (await look()).oldestAgeSeconds], [2, 10]);
  await bench.claimOne();
  const { depth, leased, oldestAgeSeconds } = await look();
  assert.deepEqual([depth, leased, oldestAgeSeconds], [1, 1, 10]);
});

test('settings of a channel are replaced as a whole, and wrong ones are refused', async (t) => {
  const bench = await openBench(t);
  await bench.expect(200, 'PUT', '/v1/channels/work', { fair: true, limits: { maxPending: 5 } });
  const replaced = await bench.expect(200, 'PUT', '/v1/channels/work', { limits: { maxPending: 9 } });
  assert.deepEqual([replaced.fair, replaced.limits], [undefined, { maxPending: 9 }]);
  for (const wrong of [{ fair: 'yes' }, { limits: { maxPending: 0 } }, { fare: true }])
    await bench.expect(400, 'PUT', '/v1/channels/work', wrong);
});

test('only its own key or an admin subscribes a module, and only an admin sets up a channel', async (t) => {
  const bench = await openBench(t);
  const { key } = await bench.expect(201, 'POST', '/v1/modules/Producer/keys');
  const asProducer = { authorization: `Bearer ${key}` };
  const as = async (method: string, path: string, body?: unknown) =>
    (await bench.call(method, `/v1/channels/work${path}`, body, asProducer)).status;
  assert.deepEqual(
    [await as('PUT', '/subscriptions/Producer'), await as('PUT', '/subscriptions/Worker'), await as('PUT', '', {})],
    [201, 403, 403],
  );
  await bench.subscribe('work', 'Worker');
  assert.equal(await as('DELETE', '/subscriptions/Worker'), 403);
});

test('an unknown module cannot subscribe', async (t) => {
  const bench = await openBench(t);
  const { code } = await bench.expect(404, 'PUT', '/v1/channels/work/subscriptions/Nobody');
  assert.equal(code, 'module_not_found');
  assert.deepEqual((await bench.expect(200, 'GET', '/v1/channels')).items, []);
});

test('a module that is removed takes its subscriptions, its keys and its secret with it', async (t) => {
  const bench = await openBench(t);
  const { key } = await bench.expect(201, 'POST', '/v1/modules/Worker/keys');
  await bench.expect(200, 'PUT', '/v1/modules/Worker/signing-secret', {});
  await bench.subscribe('work', 'Worker');
  await bench.expect(204, 'DELETE', '/v1/modules/Worker');
  assert.equal((await bench.call('GET', '/v1/modules', undefined, { authorization: `Bearer ${key}` })).status, 401);
  for (const table of ['subscriptions', 'keys', 'signing_secrets'])
    assert.deepEqual(await bench.rows(`select * from ${table}`), [], table);
  for (const isRestarted of [false, true]) {
    if (isRestarted) await bench.restart();
    assert.deepEqual((await bench.send({ ...toWork, broadcast: true })).deliveries, []);
  }
  await bench.register('Worker');
  await bench.send({ ...toWork, payload: { n: 1 } });
  assert.deepEqual(await bench.claim('Worker', { max: 10 }), [], 'a new one of that name is subscribed to nothing');
});

test('a subscriber that waits is woken by a message to its channel', async (t) => {
  const broker = await brokerOf(await startTestHub(t));
  await broker.subscribe('work', 'Worker');
  const waiting = broker.claim('Worker', { waitSeconds: 60 });
  await broker.send({ ...toWork, payload: { n: 1 } });
  assert.deepEqual(numbersOf(await waiting), [1]);
});
