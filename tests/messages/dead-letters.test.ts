import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { type AnyJson, failure, numbersOf } from '../support/broker-client.js';

/** Sends each and lets it die at its first attempt. @returns ids of the deliveries */
const bury = async (bench: BrokerBench, messages: readonly object[], module = 'Worker'): Promise<string[]> => {
  const ids: string[] = [];
  for (const message of messages) {
    await bench.send({ to: module, ...message });
    const claimed = await bench.claimOne(module);
    await bench.settle('fail', claimed, { retryable: false });
    ids.push(claimed.delivery.id);
  }
  return ids;
};

const redrive = async (bench: BrokerBench, which: object): Promise<string[]> =>
  (await bench.expect(200, 'POST', '/v1/dead-letters/redrive', which)).ids;

const idsOf = (letters: readonly AnyJson[]): string[] => letters.map(({ delivery }) => delivery.id);

test('a dead letter keeps the whole history of its attempts: who, when, why', async (t) => {
  const bench = await openBench(t);
  await bench.register('Helper');
  await bench.subscribe('jobs', 'Worker', 'Helper');
  const sent = await bench.send({ channel: 'jobs', payload: { n: 1 } });
  const start = bench.clock.now();
  const at = (ms: number): string => new Date(start + ms).toISOString();
  const first = await bench.claimOne('Worker');
  bench.clock.advance(100);
  await bench.settle('fail', first, { delaySeconds: 0 });
  await bench.claimOne('Helper', { leaseSeconds: 5 });
  await bench.passTime(5000);
  await bench.passTime(2000);
  const third = await bench.claimOne('Helper');
  await bench.settle('fail', third, { error: { code: 'worse', message: 'It is worse now.' } });
  const [letter, ...more] = await bench.deadLetters();
  assert.deepEqual(more, []);
  assert.deepEqual(letter.message, await without(bench, sent.id));
  assert.deepEqual(
    [letter.delivery.state, letter.delivery.channel, letter.delivery.error.code],
    ['dead', 'jobs', 'worse'],
  );
  const [one, two, three] = letter.attempts;
  assert.deepEqual(one, {
    attempt: 1,
    holder: 'Worker',
    startedAt: at(0),
    endedAt: at(100),
    outcome: 'failed',
    error: failure,
  });
  assert.deepEqual([two.attempt, two.holder, two.startedAt, two.endedAt], [2, 'Helper', at(100), at(5100)]);
  assert.deepEqual([two.outcome, two.error.code], ['lease_expired', 'lease_expired']);
  assert.deepEqual([three.attempt, three.endedAt, three.error.code], [3, at(7100), 'worse']);
});

/** The message as a list shows it. */
const without = async (bench: BrokerBench, id: string): Promise<object> => {
  const { deliveries: _, ...message } = await bench.message(id);
  return message;
};

test('dead letters are found by module, type and time, newest first, page by page', async (t) => {
  const bench = await openBench(t);
  await bench.register('Other');
  const [a] = await bury(bench, [{ type: 'task' }]);
  const [b] = await bury(bench, [{ type: 'note' }]);
  bench.clock.advance(1000);
  const [c] = await bury(bench, [{ type: 'task' }], 'Other');
  const [d] = await bury(bench, [{ type: 'task' }]);
  assert.deepEqual(idsOf(await bench.deadLetters()), [d, c, b, a]);
  assert.deepEqual(idsOf(await bench.deadLetters('?module=Worker')), [d, b, a]);
  assert.deepEqual(idsOf(await bench.deadLetters('?module=Worker&type=task')), [d, a]);
  const before = new Date(bench.clock.now()).toISOString();
  assert.deepEqual(idsOf(await bench.deadLetters(`?before=${before}`)), [b, a]);
  const { items, nextCursor } = await bench.expect(200, 'GET', '/v1/dead-letters?limit=3');
  assert.deepEqual(idsOf(items), [d, c, b]);
  assert.deepEqual(idsOf(await bench.deadLetters(`?limit=3&cursor=${nextCursor}`)), [a]);
});

test('a redriven dead letter stands in line again with all its attempts before it, and its history is kept', async (t) => {
  const bench = await openBench(t);
  const { id: messageId } = await bench.send({ maxAttempts: 2, payload: { n: 0 } });
  for (let n = 0; n < 2; n++) await bench.settle('fail', await bench.claimOne(), { delaySeconds: 0 });
  await bench.send({ payload: { n: 1 } });
  const { id } = await bench.delivery(messageId);
  assert.deepEqual(await redrive(bench, { ids: [id] }), [id]);
  assert.deepEqual(await bench.deadLetters(), []);
  assert.deepEqual(numbersOf(await bench.inbox()), [0, 1], 'by its age');
  for (const state of ['pending', 'dead']) {
    const again = await bench.claimOne();
    assert.deepEqual([again.delivery.id, again.delivery.maxAttempts], [id, 2]);
    assert.equal((await bench.settle('fail', again, { delaySeconds: 0 })).state, state);
  }
  const [letter] = await bench.deadLetters();
  assert.deepEqual(
    letter.attempts.map(({ attempt }: AnyJson) => attempt),
    [1, 2, 1, 2],
  );
});

test('what died in a channel is for any subscriber when it is redriven', async (t) => {
  const bench = await openBench(t);
  await bench.register('One', 'Two');
  await bench.subscribe('jobs', 'One', 'Two');
  const { id } = await bench.send({ channel: 'jobs' });
  const claimed = await bench.claimOne('One');
  await bench.settle('fail', claimed, { retryable: false });
  assert.deepEqual(idsOf(await bench.deadLetters('?module=One')), [claimed.delivery.id]);
  await redrive(bench, { ids: [claimed.delivery.id] });
  assert.equal((await bench.delivery(id)).module, undefined);
  await bench.expect(204, 'DELETE', '/v1/modules/One');
  await bench.settle('complete', await bench.claimOne('Two'));
});

test('dead letters are redriven by ids, by module, by type, by time, or by all of them', async (t) => {
  const bench = await openBench(t);
  await bench.register('Other');
  const [a, b, c] = await bury(bench, [{ type: 'task' }, { type: 'note' }, { type: 'task' }]);
  const before = new Date(bench.clock.now() + 1).toISOString();
  bench.clock.advance(1000);
  const [d] = await bury(bench, [{ type: 'task' }], 'Other');
  const [e] = await bury(bench, [{ type: 'task' }]);
  assert.deepEqual(await redrive(bench, { module: 'Worker', type: 'task', before }), [c, a]);
  assert.deepEqual(await redrive(bench, { ids: [b!, d!, a!], module: 'Other' }), [d]);
  assert.deepEqual(await redrive(bench, { before }), [b]);
  assert.deepEqual(await redrive(bench, { type: 'note' }), []);
  assert.deepEqual(await redrive(bench, { module: 'Worker' }), [e]);
  assert.deepEqual(bench.parts.depths.total(), { pending: 5, leased: 0, dead: 0 });
});

test('more dead letters than one transaction takes are all redriven', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach(Array.from({ length: 1000 }, () => ({})));
  await bench.sendEach(Array.from({ length: 2 }, () => ({})));
  for (let n = 0; n < 3; n++) {
    const fail = (await bench.claim('Worker', { max: 500 })).map(({ delivery: { id, lease } }) => ({
      id,
      lease,
      error: failure,
      retryable: false,
    }));
    await bench.expect(200, 'POST', '/v1/deliveries/batch', { fail });
  }
  assert.equal((await redrive(bench, { module: 'Worker' })).length, 1002);
  assert.deepEqual(bench.parts.depths.total(), { pending: 1002, leased: 0, dead: 0 });
});

test('a redrive that names nothing, or no delivery, is refused', async (t) => {
  const bench = await openBench(t);
  await bench.expect(400, 'POST', '/v1/dead-letters/redrive', {});
  await bench.expect(400, 'POST', '/v1/dead-letters/redrive', { ids: [] });
  const { code } = await bench.expect(404, 'POST', '/v1/dead-letters/redrive', { ids: ['msg_1'] });
  assert.equal(code, 'delivery_not_found');
});

test('a dead letter is deleted with its place in the counts; the message stays', async (t) => {
  const bench = await openBench(t);
  const [id] = await bury(bench, [{}]);
  await bench.expect(204, 'DELETE', `/v1/dead-letters/${id}`);
  assert.deepEqual(await bench.deadLetters(), []);
  assert.equal((await bench.expect(404, 'DELETE', `/v1/dead-letters/${id}`)).code, 'delivery_not_found');
  assert.deepEqual((await bench.message('msg_1')).deliveries, []);
  assert.deepEqual(bench.parts.depths.total(), { pending: 0, leased: 0, dead: 0 });
  assert.equal((await bench.events('delivery.deleted')).length, 1);
  assert.deepEqual(await bench.rows('select * from attempts'), []);
});

test('what a module had open when it was removed by force is dead letters, and says so', async (t) => {
  const bench = await openBench(t);
  await bench.register('Gone');
  await bench.send({ to: 'Gone', orderingKey: 'k' });
  await bench.send({ to: 'Gone', orderingKey: 'k' });
  await bench.send({ to: 'Gone', delaySeconds: 60 });
  await bench.claimOne('Gone');
  assert.equal((await bench.expect(409, 'DELETE', '/v1/modules/Gone')).code, 'module_has_open_deliveries');
  await bench.expect(204, 'DELETE', '/v1/modules/Gone?force=true');
  const letters = await bench.deadLetters('?module=Gone');
  assert.deepEqual(
    letters.map(({ delivery }) => delivery.error.code),
    Array(3).fill('module_removed'),
  );
  assert.deepEqual(bench.parts.depths.total(), { pending: 0, leased: 0, dead: 3 });
});

test('only an admin redrives and deletes', async (t) => {
  const bench = await openBench(t);
  const { key } = await bench.expect(201, 'POST', '/v1/modules/Worker/keys', {});
  const [id] = await bury(bench, [{}]);
  const authorization = { authorization: `Bearer ${key}` };
  const refused = [
    await bench.call('POST', '/v1/dead-letters/redrive', { ids: [id] }, authorization),
    await bench.call('DELETE', `/v1/dead-letters/${id}`, undefined, authorization),
  ];
  assert.deepEqual(
    refused.map(({ status, body }) => [status, body.code]),
    Array(2).fill([403, 'forbidden']),
  );
});
