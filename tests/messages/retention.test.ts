import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventRetentionService } from '../../src/events/event-retention-service.js';
import { FairOrder } from '../../src/messages/fair-order.js';
import { UpkeepService } from '../../src/messages/upkeep-service.js';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { failure } from '../support/broker-client.js';

const DAY_MS = 86_400_000;
const FOREVER_MS = 1000 * DAY_MS;

interface Keeping {
  readonly ms?: number;
  readonly count?: number;
}

/** Rounds of the sweeps that keep so much. */
const pruneMessages = async (bench: BrokerBench, { ms = FOREVER_MS, count = 1_000_000 }: Keeping): Promise<void> => {
  const { database, clock, depths } = bench.parts;
  const settings = { keepMessagesMs: ms, keepMessages: count, ageingMs: FOREVER_MS };
  const upkeep = new UpkeepService({ database, clock, depths, fair: new FairOrder(() => false), settings });
  while ((await upkeep.pruneMessages(clock.now())) > 0);
};

const pruneEvents = async (bench: BrokerBench, { ms = FOREVER_MS, count = 1_000_000 }: Keeping): Promise<void> => {
  const { database, events, clock } = bench.parts;
  const settings = { keepEventsMs: ms, keepEvents: count };
  const retention = new EventRetentionService({ database, events, settings });
  while ((await retention.prune(clock.now())) > 0);
};

const keptIds = async (bench: BrokerBench): Promise<unknown[]> =>
  (await bench.rows('select id from messages order by id')).map(({ id }) => id);
const sequences = async (bench: BrokerBench): Promise<unknown[]> =>
  (await bench.rows('select seq from events order by seq')).map(({ seq }) => seq);

const sendDone = async (bench: BrokerBench, count: number): Promise<void> => {
  await bench.sendEach(Array(count).fill({}));
  for (const claimed of await bench.claim('Worker', { max: count })) await bench.settle('complete', claimed);
};

/** One message in each state, in this order; the newest is pending. */
const sendOneOfEach = async (bench: BrokerBench): Promise<void> => {
  await sendDone(bench, 1);
  await bench.send({ ttlSeconds: 1 });
  await bench.passTime(1000);
  await bench.cancel((await bench.send()).id);
  await bench.send({ maxAttempts: 1 });
  await bench.settle('fail', await bench.claimOne(), { error: failure });
  await bench.send({ channel: 'nobody', broadcast: true });
  await bench.send();
  await bench.claimOne('Worker', { leaseSeconds: 3600 });
  await bench.send({ delaySeconds: 86_400 * 20 });
  await bench.send();
};

test('messages that are over and old are deleted; what is open or dead is kept, however old', async (t) => {
  const bench = await openBench(t);
  await sendOneOfEach(bench);
  await pruneMessages(bench, { ms: DAY_MS });
  assert.equal((await keptIds(bench)).length, 8);
  bench.clock.advance(DAY_MS + 1);
  await pruneMessages(bench, { ms: DAY_MS });
  const kept = await bench.rows(
    'select state from deliveries join messages on messages.id = message_id order by messages.id',
  );
  assert.deepEqual(
    kept.map(({ state }) => state),
    ['dead', 'leased', 'pending', 'pending'],
  );
  assert.equal((await keptIds(bench)).length, 4);
});

test('what is too many is deleted although it is young, to the number', async (t) => {
  const bench = await openBench(t);
  await sendDone(bench, 20);
  await pruneMessages(bench, { count: 7 });
  assert.deepEqual(await keptIds(bench), [14, 15, 16, 17, 18, 19, 20]);
  await pruneMessages(bench, { count: 7 });
  assert.equal((await keptIds(bench)).length, 7);
});

test('what is open or dead is kept however many there are', async (t) => {
  const bench = await openBench(t);
  await sendOneOfEach(bench);
  await sendDone(bench, 1);
  await pruneMessages(bench, { count: 1 });
  assert.deepEqual(await keptIds(bench), [4, 6, 7, 9]);
});

test('the newest message is kept, however old it is', async (t) => {
  const bench = await openBench(t);
  await sendDone(bench, 3);
  bench.clock.advance(10 * DAY_MS);
  await pruneMessages(bench, { ms: DAY_MS });
  assert.deepEqual(await keptIds(bench), [3]);
});

test('a broadcast is kept until the last of its recipients is done with it', async (t) => {
  const bench = await openBench(t);
  await bench.register('Ann', 'Bob');
  await bench.subscribe('news', 'Ann', 'Bob');
  const { id } = await bench.send({ channel: 'news', broadcast: true });
  await sendDone(bench, 1);
  await bench.settle('complete', await bench.claimOne('Ann'));
  bench.clock.advance(2 * DAY_MS);
  await pruneMessages(bench, { ms: DAY_MS });
  assert.equal((await bench.message(id)).deliveries.length, 2);
  await bench.settle('complete', await bench.claimOne('Bob'));
  await pruneMessages(bench, { ms: DAY_MS });
  await bench.expect(404, 'GET', `/v1/messages/${id}`);
});

test('deliveries and attempts go with their message, and no others', async (t) => {
  const bench = await openBench(t);
  for (let n = 0; n < 2; n++) {
    await bench.send();
    await bench.settle('fail', await bench.claimOne(), { error: failure, delaySeconds: 0 });
    await bench.settle('complete', await bench.claimOne());
    bench.clock.advance(DAY_MS);
  }
  await pruneMessages(bench, { ms: DAY_MS });
  assert.deepEqual(
    [await bench.rows('select message_id from deliveries'), await bench.rows('select delivery_id from attempts')],
    [[{ message_id: 2 }], [{ delivery_id: 2 }]],
  );
});

test('a dead letter that is redriven and done is deleted in a later round', async (t) => {
  const bench = await openBench(t);
  await bench.send({ maxAttempts: 1 });
  const dead = await bench.claimOne();
  await bench.settle('fail', dead, { error: failure });
  await sendDone(bench, 3);
  bench.clock.advance(2 * DAY_MS);
  await pruneMessages(bench, { ms: DAY_MS });
  assert.deepEqual(await keptIds(bench), [1, 4]);
  await bench.expect(200, 'POST', '/v1/dead-letters/redrive', { ids: [dead.delivery.id] });
  await bench.settle('complete', await bench.claimOne());
  await pruneMessages(bench, { ms: DAY_MS });
  assert.deepEqual(await keptIds(bench), [4]);
});

test('one round walks past all that is kept, in bounded steps', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach(Array(1000).fill({}));
  await bench.sendEach(Array(150).fill({ to: 'Producer', from: 'Worker' }));
  for (const claimed of await bench.claim('Producer', { max: 150 })) await bench.settle('complete', claimed);
  await bench.send();
  const { upkeep } = bench.parts;
  bench.clock.advance(8 * DAY_MS);
  const steps: [looked: number, kept: number][] = [];
  do steps.push([await upkeep.pruneMessages(bench.clock.now()), (await keptIds(bench)).length]);
  while (steps.at(-1)?.[0] !== 0);
  assert.deepEqual(steps, [
    [1000, 1151],
    [100, 1051],
    [50, 1001],
    [0, 1001],
  ]);
});

test('a step that finds messages with many deliveries each deletes only as many rows as fit', async (t) => {
  const bench = await openBench(t);
  const names = Array.from({ length: 60 }, (_, n) => `Module${n}`);
  await bench.register(...names);
  await bench.sendEach(Array(40).fill({ to: undefined, broadcast: true, ttlSeconds: 1 }));
  await bench.passTime(1000);
  await bench.send();
  bench.clock.advance(8 * DAY_MS);
  const deliveries = async () => (await bench.rows('select count(*) as count from deliveries'))[0]?.count as number;
  for (let before = await deliveries(); before > 1; before = await deliveries()) {
    await bench.parts.upkeep.pruneMessages(bench.clock.now());
    const deleted = before - (await deliveries());
    assert.ok(deleted <= 1100, `${deleted} deliveries were deleted at once`);
  }
  assert.equal((await keptIds(bench)).length, 1);
});

test('events that are old are deleted, the last is kept, and the numbers go on', async (t) => {
  const bench = await openBench(t);
  await sendDone(bench, 5);
  bench.clock.advance(DAY_MS);
  await bench.send();
  const [last] = (await sequences(bench)).slice(-1) as [number];
  await pruneEvents(bench, { ms: DAY_MS - 1 });
  assert.deepEqual(await sequences(bench), [last]);
  bench.clock.advance(9 * DAY_MS);
  await pruneEvents(bench, { ms: DAY_MS });
  assert.deepEqual(await sequences(bench), [last]);
  await bench.restart();
  await bench.send();
  assert.deepEqual(await sequences(bench), [last, last + 1]);
});

test('events that are too many are deleted, to the number', async (t) => {
  const bench = await openBench(t);
  await sendDone(bench, 10);
  const all = await sequences(bench);
  await pruneEvents(bench, { count: 4 });
  assert.deepEqual(await sequences(bench), all.slice(-4));
});

test('who asks for events that are not kept any more is told so, and where they begin', async (t) => {
  const bench = await openBench(t);
  await sendDone(bench, 10);
  const last = Number((await sequences(bench)).at(-1));
  await pruneEvents(bench, { count: 4 });
  const page = (after: number) => bench.call('GET', `/v1/events?after=${after}`);
  const { status, body } = await page(last - 5);
  assert.deepEqual([status, body.code], [410, 'cursor_expired']);
  assert.match(body.detail, new RegExp(`oldest is ${last - 3}`));
  assert.equal((await page(last - 4)).body.items.length, 4);
  assert.equal((await bench.call('GET', `/v1/events?cursor=${last - 5}`)).status, 410);
});

test('a stream that comes back too late is told so too, by its cursor or by the last event it saw', async (t) => {
  const bench = await openBench(t);
  await sendDone(bench, 10);
  const last = Number((await sequences(bench)).at(-1));
  await pruneEvents(bench, { count: 4 });
  const accept = 'text/event-stream';
  const byCursor = await bench.call('GET', `/v1/events?after=${last - 5}`, undefined, { accept });
  const byId = await bench.call('GET', '/v1/events', undefined, { accept, 'last-event-id': `${last - 5}` });
  assert.deepEqual([byCursor.status, byId.status], [410, 410]);
});
