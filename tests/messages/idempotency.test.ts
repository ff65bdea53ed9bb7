import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { brokerOf, numbersOf } from '../support/broker-client.js';
import { startTestHub } from '../support/test-hub.js';

const HOUR_MS = 3_600_000;

const toWorker = (n = 1) => ({ from: 'Producer', to: 'Worker', payload: { n } });

const post = (bench: Pick<BrokerBench, 'call'>, key: string, body: unknown, query = '', authorization?: string) =>
  bench.call('POST', `/v1/messages${query}`, body, {
    'idempotency-key': key,
    ...(authorization === undefined ? {} : { authorization: `Bearer ${authorization}` }),
  });

const keyOfModule = async (bench: BrokerBench, module: string): Promise<string> =>
  (await bench.expect(201, 'POST', `/v1/modules/${module}/keys`)).key;

const storedKeys = async (bench: BrokerBench) =>
  (await bench.rows('select key from idempotency order by key')).map(({ key }) => key);
const sentMessages = async (bench: BrokerBench) => (await bench.rows('select id from messages')).length;

test('the same key and body gets the same answer, and no second message is sent', async (t) => {
  const bench = await openBench(t);
  const first = await post(bench, 'order-1', toWorker());
  bench.clock.advance(1000);
  const again = await post(bench, 'order-1', toWorker());
  assert.deepEqual([again.status, again.body], [201, first.body]);
  assert.equal((await bench.claim('Worker', { max: 10 })).length, 1);
  assert.equal(await sentMessages(bench), 1);
});

test('the answer stays the same when the message has gone on', async (t) => {
  const bench = await openBench(t);
  const first = await post(bench, 'order-1', toWorker());
  await bench.settle('complete', await bench.claimOne());
  assert.deepEqual((await post(bench, 'order-1', toWorker())).body, first.body);
});

test('the same key with another body is refused, and changes nothing', async (t) => {
  const bench = await openBench(t);
  const first = await post(bench, 'order-1', toWorker(1));
  for (const other of [toWorker(2), [toWorker(1)], { ...toWorker(1), priority: 5 }]) {
    const { status, body } = await post(bench, 'order-1', other);
    assert.deepEqual([status, body.code], [422, 'idempotency_mismatch']);
  }
  assert.deepEqual((await post(bench, 'order-1', toWorker(1))).body, first.body);
  assert.equal(await sentMessages(bench), 1);
});

test('another key with the same body is another message', async (t) => {
  const bench = await openBench(t);
  const [one, two] = [await post(bench, 'order-1', toWorker()), await post(bench, 'order-2', toWorker())];
  assert.notEqual(one.body.id, two.body.id);
});

test('who asks belongs to the key: two modules may use the same', async (t) => {
  const bench = await openBench(t);
  const [producer, worker] = [await keyOfModule(bench, 'Producer'), await keyOfModule(bench, 'Worker')];
  const body = { to: 'Worker' };
  const sent = [producer, worker, producer].map((key) => post(bench, 'mine', body, '', key));
  const [one, other, again] = (await Promise.all(sent)).map(({ body: message }) => [message.from, message.id]);
  assert.deepEqual([one?.[0], other?.[0]], ['Producer', 'Worker']);
  assert.deepEqual(again, one);
});

test('of many twins at once just one is sent, and all get its answer', async (t) => {
  const bench = await openBench(t);
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(bench, 'twin', toWorker())));
  assert.deepEqual(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size, 1);
  assert.equal(await sentMessages(bench), 1);
});

test('twins at once take the room and the turn of one message', async (t) => {
  const bench = await openBench(t);
  await bench.expect(200, 'PUT', '/v1/modules/Worker', { limits: { maxPending: 1 } });
  await bench.expect(200, 'PUT', '/v1/modules/Producer', { limits: { messagesPerMinute: 1 } });
  const answers = await Promise.all(Array.from({ length: 5 }, () => post(bench, 'twin', toWorker())));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 201, 201, 201],
  );
});

test('of two different bodies at once under one key the first is sent and the other refused', async (t) => {
  const bench = await openBench(t);
  const answers = await Promise.all([post(bench, 'twin', toWorker(1)), post(bench, 'twin', toWorker(2))]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 422],
  );
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 10 })), [1]);
});

test('a repeated request that waits gets the reply to the one message', async (t) => {
  const hub = await startTestHub(t);
  const broker = await brokerOf(hub);
  const asking = post(broker, 'question', toWorker(), '?wait=30');
  const claimed = await broker.claimOne('Worker', { waitSeconds: 30 });
  await broker.settle('complete', claimed, { reply: { payload: { answer: 42 } } });
  const [first, again] = [await asking, await post(broker, 'question', toWorker(), '?wait=30')];
  for (const { status, body } of [first, again])
    assert.deepEqual([status, body.id, body.reply.payload], [200, claimed.message.id, { answer: 42 }]);
  assert.equal((await post(broker, 'question', toWorker())).body.id, claimed.message.id);
});

test('a batch is sent once, with the same outcome for each of its messages', async (t) => {
  const bench = await openBench(t);
  const batch = [toWorker(1), { ...toWorker(2), to: 'Nobody' }, toWorker(3)];
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => post(bench, 'batch', batch)));
  assert.equal(first?.body.items[1].problem.code, 'module_not_found');
  for (const { body } of [...others, await post(bench, 'batch', batch)]) assert.deepEqual(body, first?.body);
  assert.deepEqual(numbersOf(await bench.claim('Worker', { max: 10 })), [1, 3]);
});

test('a request that was refused keeps no key: it can be sent again when it fits', async (t) => {
  const bench = await openBench(t);
  for (const refused of [{ from: 'Producer', to: 'Later' }, [{ from: 'Producer', to: 'Later' }]]) {
    assert.equal((await post(bench, 'early', refused)).status, 404);
    assert.deepEqual(await storedKeys(bench), []);
  }
  await bench.register('Later');
  assert.equal((await post(bench, 'early', { from: 'Producer', to: 'Later' })).status, 201);
});

test('message and key are stored together: where one cannot be written, the other is not', async (t) => {
  const bench = await openBench(t);
  for (const table of ['idempotency', 'deliveries']) {
    await bench.without(table, async () => {
      assert.equal((await post(bench, 'order-1', toWorker())).status, 500);
    });
    assert.deepEqual([await storedKeys(bench), await sentMessages(bench)], [[], 0], table);
  }
  assert.equal((await post(bench, 'order-1', toWorker())).status, 201);
});

test('a key survives the end of the hub', async (t) => {
  const bench = await openBench(t);
  const first = await post(bench, 'order-1', toWorker());
  await bench.restart();
  assert.deepEqual((await post(bench, 'order-1', toWorker())).body, first.body);
  assert.equal((await post(bench, 'order-1', toWorker(2))).status, 422);
});

test('a key is kept for 24 hours, to the millisecond, whether or not it is swept away', async (t) => {
  for (const isSwept of [false, true]) {
    const bench = await openBench(t);
    const sweep = async () => isSwept && (await bench.parts.upkeep.pruneIdempotency(bench.clock.now()));
    const first = await post(bench, 'order-1', toWorker());
    bench.clock.advance(24 * HOUR_MS - 1);
    await sweep();
    assert.equal((await post(bench, 'order-1', toWorker())).body.id, first.body.id);
    bench.clock.advance(1);
    await sweep();
    assert.deepEqual(await storedKeys(bench), isSwept ? [] : ['order-1']);
    const later = await post(bench, 'order-1', toWorker(2));
    assert.deepEqual([later.status, later.body.payload], [201, { n: 2 }]);
    bench.clock.advance(HOUR_MS);
    await sweep();
    assert.equal((await post(bench, 'order-1', toWorker(2))).body.id, later.body.id);
  }
});

test('a key that cannot be one is refused', async (t) => {
  const bench = await openBench(t);
  for (const key of ['', 'k'.repeat(257)]) {
    const { status, body } = await post(bench, key, toWorker());
    assert.deepEqual([status, body.errors[0].pointer], [400, '/headers/idempotency-key']);
  }
  assert.equal(await sentMessages(bench), 0);
});
