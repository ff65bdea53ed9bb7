import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { type AnyJson, brokerOf, numbersOf } from '../support/broker-client.js';
import { eventually } from '../support/eventually.js';
import { startTestHub } from '../support/test-hub.js';

const replay = async (bench: BrokerBench, range: object = {}): Promise<number> =>
  (await bench.expect(200, 'POST', '/v1/channels/news/replay', { module: 'Worker', ...range })).replayed;

const claimed = async (bench: BrokerBench) => await bench.claim('Worker', { max: 500 });

interface Past {
  readonly bench: BrokerBench;
  readonly messages: readonly AnyJson[];
  /** The instant of each. */
  readonly at: (n: number) => string;
}

/** Five messages of a minute each, with types `even` and `odd`, that are all over. */
const openPast = async (t: Parameters<typeof openBench>[0]): Promise<Past> => {
  const bench = await openBench(t);
  const start = bench.clock.now();
  const messages: AnyJson[] = [];
  await bench.send({ channel: 'other', payload: { n: 99 } });
  for (let n = 0; n < 5; n++) {
    const type = n % 2 === 0 ? 'even' : 'odd';
    messages.push(await bench.send({ channel: 'news', broadcast: n > 2, type, payload: { n } }));
    bench.clock.advance(60_000);
  }
  return { bench, messages, at: (n) => new Date(start + n * 60_000).toISOString() };
};

test('the history of a channel is delivered again, in its order, to the module that asks', async (t) => {
  const { bench } = await openPast(t);
  assert.equal(await replay(bench), 5);
  assert.deepEqual(numbersOf(await claimed(bench)), [0, 1, 2, 3, 4]);
});

test('what is delivered again says so, in the delivery and in the message', async (t) => {
  const { bench, messages } = await openPast(t);
  await replay(bench);
  await bench.send({ payload: { n: 5 } });
  const items = (await claimed(bench)) as readonly AnyJson[];
  assert.deepEqual(
    items.map(({ delivery, message }) => [message.payload.n, delivery.replayed, message.replayed]),
    [...[0, 1, 2, 3, 4].map((n) => [n, true, true]), [5, undefined, undefined]],
  );
  const { deliveries } = await bench.message(messages[0].id);
  assert.deepEqual(
    deliveries.map((each: AnyJson) => [each.channel ?? each.module, each.replayed]),
    [
      ['news', undefined],
      ['Worker', true],
    ],
  );
});

test('a replay is bounded by times, both outside of it', async (t) => {
  const { bench, at } = await openPast(t);
  for (const [range, expected] of [
    [{ after: at(2) }, [3, 4]],
    [{ before: at(2) }, [0, 1]],
    [{ after: at(0), before: at(4) }, [1, 2, 3]],
    [{ after: at(4) }, []],
  ] as const) {
    assert.equal(await replay(bench, range), expected.length);
    assert.deepEqual(numbersOf(await claimed(bench)), expected);
  }
});

test('a replay is bounded by numbers, both outside of it', async (t) => {
  const { bench, messages } = await openPast(t);
  const seq = (n: number): number => messages[n].seq;
  for (const [range, expected] of [
    [{ after: seq(2) }, [3, 4]],
    [{ before: seq(2) }, [0, 1]],
    [{ after: seq(0), before: seq(4) }, [1, 2, 3]],
    [{ after: 0 }, [0, 1, 2, 3, 4]],
    [{ after: seq(4) }, []],
  ] as const) {
    assert.equal(await replay(bench, range), expected.length);
    assert.deepEqual(numbersOf(await claimed(bench)), expected);
  }
});

test('a replay brings only the types that are asked for', async (t) => {
  const { bench, at } = await openPast(t);
  await replay(bench, { types: ['odd', 'none'] });
  assert.deepEqual(numbersOf(await claimed(bench)), [1, 3]);
  await replay(bench, { types: ['even', 'odd'], after: at(3) });
  assert.deepEqual(numbersOf(await claimed(bench)), [4]);
});

test('history that was claimed, completed or expired is delivered again too', async (t) => {
  const bench = await openBench(t);
  await bench.subscribe('news', 'Worker');
  await bench.send({ channel: 'news', ttlSeconds: 10, payload: { n: 1 } });
  await bench.send({ channel: 'news', broadcast: true, ttlSeconds: 10, payload: { n: 2 } });
  await bench.settle('complete', await bench.claimOne());
  await bench.passTime(3_600_000);
  assert.equal(await replay(bench), 2);
  await bench.passTime(3_600_000);
  const again = await claimed(bench);
  assert.deepEqual(numbersOf(again), [1, 2]);
  for (const each of again) await bench.settle('complete', each);
});

test('it can be asked for again and again', async (t) => {
  const { bench } = await openPast(t);
  for (let round = 0; round < 3; round++) await replay(bench, { types: ['odd'] });
  assert.deepEqual(numbersOf(await claimed(bench)), [1, 3, 1, 3, 1, 3]);
});

test('history stands behind what was sent to the inbox before, within its priority', async (t) => {
  const { bench } = await openPast(t);
  await bench.send({ payload: { n: 7 } });
  await replay(bench, { types: ['odd'] });
  await bench.send({ payload: { n: 8 } });
  await bench.parts.upkeep.age(bench.clock.now());
  assert.deepEqual(numbersOf(await claimed(bench)), [7, 1, 3, 8], 'it is old and has not waited for long');
});

test('only the own key of the module or an admin asks for its history', async (t) => {
  const { bench } = await openPast(t);
  const keyOf = async (module: string) => (await bench.expect(201, 'POST', `/v1/modules/${module}/keys`)).key;
  const observer = (await bench.expect(201, 'POST', '/v1/keys', { scope: 'observer' })).key;
  const as = async (key: string) =>
    (await bench.call('POST', '/v1/channels/news/replay', { module: 'Worker' }, { authorization: `Bearer ${key}` }))
      .status;
  assert.deepEqual(
    [await as(await keyOf('Worker')), await as(await keyOf('Producer')), await as(observer)],
    [200, 403, 403],
  );
});

test('a replay for a module that is not there, or within no bounds, is refused', async (t) => {
  const { bench } = await openPast(t);
  const ask = async (body: object) => (await bench.call('POST', '/v1/channels/news/replay', body)).status;
  const bodies = [{ module: 'Nobody' }, {}, { module: 'Worker', after: 'then' }, { module: 'Worker', after: -1 }];
  assert.deepEqual(await Promise.all(bodies.map(ask)), [404, 400, 400, 400]);
});

test('the event log says what was replayed', async (t) => {
  const { bench } = await openPast(t);
  await replay(bench, { types: ['odd'] });
  const [event] = await bench.events('channel.replayed');
  assert.deepEqual(event.data, { channel: 'news', replayed: 2 });
});

test('thousands are replayed in their order, and those that are sent meanwhile are not among them', async (t) => {
  const bench = await openBench(t);
  const numbered = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({
      to: undefined,
      channel: 'news',
      type: 'old',
      payload: { n: from + n },
    }));
  for (let page = 0; page < 3; page++) await bench.sendEach(numbered(page * 1000, 1000));
  const replaying = replay(bench, { types: ['old'] });
  await eventually(
    async () => (await bench.rows('select id from deliveries where is_replayed = 1 limit 1')).length > 0,
  );
  await bench.sendEach(numbered(3000, 10));
  assert.equal(await replaying, 3000);
  const order: number[] = [];
  for (let page = await claimed(bench); page.length > 0; page = await claimed(bench)) order.push(...numbersOf(page));
  assert.deepEqual(order, [...Array(3000).keys()]);
});

test('a module that waits hears of its history at once', async (t) => {
  const broker = await brokerOf(await startTestHub(t));
  await broker.send({ channel: 'news', payload: { n: 1 } });
  const waiting = broker.claim('Worker', { waitSeconds: 60 });
  await broker.expect(200, 'POST', '/v1/channels/news/replay', { module: 'Worker' });
  assert.deepEqual(numbersOf(await waiting), [1]);
});
