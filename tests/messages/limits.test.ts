import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { type AnyJson, type BrokerClient, brokerOf } from '../support/broker-client.js';
import { FakeClock, startTestHub } from '../support/test-hub.js';

const toWorker = { from: 'Producer', to: 'Worker' };

const post = (broker: BrokerClient, body: unknown) => broker.call('POST', '/v1/messages', body);

/** What each of many came to: `ok`, or the code of its problem. */
const outcomes = (items: readonly AnyJson[]): string[] => items.map(({ problem }) => problem?.code ?? 'ok');

const limit = async (broker: BrokerClient, module: string, limits: object): Promise<void> =>
  await broker.expect(200, 'PUT', `/v1/modules/${module}`, { limits });

const sentMessages = async (bench: BrokerBench): Promise<number> =>
  (await bench.rows('select id from messages')).length;

test('over its rate a sender is refused, and the headers say when it may go on', async (t) => {
  const clock = new FakeClock();
  const broker = await brokerOf(await startTestHub(t, { clock }));
  await limit(broker, 'Producer', { messagesPerMinute: 20 });
  for (let n = 0; n < 20; n++) await broker.send();
  clock.advance(1000);
  const { status, body, headers } = await post(broker, toWorker);
  assert.deepEqual([status, body.code], [429, 'rate_limited']);
  assert.deepEqual(
    ['retry-after', 'ratelimit', 'ratelimit-policy'].map((name) => headers.get(name)),
    ['2', '"messages";r=0;t=2', '"messages";q=20;w=60'],
  );
  clock.advance(2000);
  await broker.send();
  assert.equal((await post(broker, toWorker)).status, 429);
});

test('who waits for a minute may send a minute of messages again, and no more', async (t) => {
  const bench = await openBench(t);
  await limit(bench, 'Producer', { messagesPerMinute: 5 });
  for (const pauseMs of [0, 60_000, 3_600_000]) {
    bench.clock.advance(pauseMs);
    const items = await bench.sendEach(Array(8).fill({}));
    assert.deepEqual(outcomes(items), [...Array(5).fill('ok'), ...Array(3).fill('rate_limited')]);
  }
});

test('agents may send 30 messages a minute unless their descriptor says otherwise, others as many as they like', async (t) => {
  const bench = await openBench(t);
  const accepted = async (from: string, descriptor: object): Promise<number> => {
    await bench.call('PUT', `/v1/modules/${from}`, descriptor);
    return outcomes(await bench.sendEach(Array(200).fill({ from }))).filter((outcome) => outcome === 'ok').length;
  };
  assert.equal(await accepted('Agent', { runtime: 'claude' }), 30);
  assert.equal(await accepted('QuickAgent', { runtime: 'claude', limits: { messagesPerMinute: 100 } }), 100);
  assert.equal(await accepted('Puller', {}), 200);
  assert.equal(await accepted('SlowPuller', { limits: { messagesPerMinute: 7 } }), 7);
});

test('each sender has its own rate', async (t) => {
  const bench = await openBench(t);
  for (const module of ['Producer', 'Worker']) await limit(bench, module, { messagesPerMinute: 1 });
  const items = await bench.sendEach(['Producer', 'Worker', 'Producer', 'Worker'].map((from) => ({ from })));
  assert.deepEqual(outcomes(items), ['ok', 'ok', 'rate_limited', 'rate_limited']);
});

test('what is refused for another reason takes nothing from the rate', async (t) => {
  const bench = await openBench(t);
  await limit(bench, 'Producer', { messagesPerMinute: 2 });
  const items = await bench.sendEach([{ to: 'Nobody' }, {}, { priority: 11 }, {}, {}]);
  assert.deepEqual(outcomes(items), ['module_not_found', 'ok', 'invalid_request', 'ok', 'rate_limited']);
});

test('a batch of which nothing is accepted says when to come again', async (t) => {
  const broker = await brokerOf(await startTestHub(t, { clock: new FakeClock() }));
  await limit(broker, 'Producer', { messagesPerMinute: 1 });
  await broker.send();
  const { status, body, headers } = await post(broker, [toWorker, toWorker]);
  assert.deepEqual([status, body.code], [429, 'rate_limited']);
  assert.deepEqual([headers.get('retry-after'), headers.get('ratelimit')], ['60', '"messages";r=0;t=60']);
});

test('answers are not held up by the rate of who answers', async (t) => {
  const bench = await openBench(t);
  await limit(bench, 'Worker', { messagesPerMinute: 1 });
  for (const { id } of [await bench.send(), await bench.send(), await bench.send()]) {
    await bench.settle('complete', await bench.claimOne(), { reply: { payload: 'done' } });
    assert.equal((await bench.message(id)).reply.payload, 'done');
  }
});

test('an inbox takes as many pending deliveries as its module says, and more when some are claimed', async (t) => {
  const broker = await brokerOf(await startTestHub(t));
  await limit(broker, 'Worker', { maxPending: 3 });
  for (let n = 0; n < 3; n++) await broker.send();
  const { status, body, headers } = await post(broker, toWorker);
  assert.deepEqual([status, body.code, headers.get('retry-after')], [429, 'queue_full', '1']);
  await broker.claimOne();
  await broker.send();
  assert.equal((await post(broker, toWorker)).status, 429);
});

test('what is delayed or comes back counts as pending', async (t) => {
  const bench = await openBench(t);
  await limit(bench, 'Worker', { maxPending: 2 });
  await bench.send({ delaySeconds: 60 });
  await bench.send();
  assert.equal((await post(bench, toWorker)).status, 429);
  const claimed = await bench.claimOne();
  await bench.settle('release', claimed);
  assert.equal((await post(bench, toWorker)).status, 429);
});

test('a channel takes as many as its settings say, apart from the inboxes of its subscribers', async (t) => {
  const bench = await openBench(t);
  await bench.expect(200, 'PUT', '/v1/channels/work', { limits: { maxPending: 2 } });
  await bench.subscribe('work', 'Worker');
  const items = await bench.sendEach([{}, ...Array(4).fill({ to: undefined, channel: 'work' }), {}]);
  assert.deepEqual(outcomes(items), ['ok', 'ok', 'ok', 'queue_full', 'queue_full', 'ok']);
});

test('sends of one moment together never make a queue longer than it may be', async (t) => {
  const bench = await openBench(t);
  await limit(bench, 'Worker', { maxPending: 10 });
  await bench.expect(200, 'PUT', '/v1/channels/work', { limits: { maxPending: 10 } });
  const toChannel = { from: 'Producer', channel: 'work' };
  const sends = Array.from({ length: 12 }, () => [
    post(bench, toWorker),
    post(bench, toChannel),
    post(bench, [toWorker, toChannel]),
  ]).flat();
  await Promise.all(sends);
  const pending = await bench.rows('select queue, count(*) as count from deliveries group by queue order by queue');
  assert.deepEqual(pending, [
    { queue: '#work', count: 10 },
    { queue: 'Worker', count: 10 },
  ]);
});

test('the room of a message that could not be written is free again', async (t) => {
  const bench = await openBench(t);
  await limit(bench, 'Worker', { maxPending: 1 });
  await bench.without('deliveries', async () => {
    const sends = [post(bench, toWorker), post(bench, [toWorker])];
    for (const { status } of await Promise.all(sends)) assert.ok(status === 500 || status === 429);
    assert.equal((await post(bench, toWorker)).status, 500);
  });
  await bench.send();
});

test('a broadcast is refused as a whole where one of its recipients has no room', async (t) => {
  const bench = await openBench(t);
  await bench.register('Idle', 'Full');
  await bench.subscribe('news', 'Idle', 'Full', 'Worker');
  await limit(bench, 'Full', { maxPending: 1 });
  await limit(bench, 'Idle', { maxPending: 1 });
  await bench.send({ to: 'Full' });
  const refused = await post(bench, { from: 'Producer', channel: 'news', broadcast: true });
  assert.deepEqual([refused.status, refused.body.code], [429, 'queue_full']);
  assert.match(refused.body.detail, /Full/);
  assert.equal(await sentMessages(bench), 1);
  await bench.send({ to: 'Idle' });
  await bench.claimOne('Full');
  await bench.claimOne('Idle');
  await bench.send({ channel: 'news', broadcast: true });
});

test('the limit holds when the hub starts again, and as soon as it is changed', async (t) => {
  const bench = await openBench(t);
  await limit(bench, 'Worker', { maxPending: 1 });
  await bench.send();
  await bench.restart();
  assert.equal((await post(bench, toWorker)).status, 429);
  await limit(bench, 'Worker', { maxPending: 2 });
  await bench.send();
  await limit(bench, 'Worker', {});
  await bench.send();
});

test('a reply comes to a full inbox', async (t) => {
  const bench = await openBench(t);
  await limit(bench, 'Producer', { maxPending: 1 });
  await bench.send({ from: 'Worker', to: 'Producer' });
  await bench.send();
  await bench.settle('complete', await bench.claimOne(), { reply: { payload: 'done' } });
  assert.equal((await bench.inbox('Producer')).length, 2);
});
