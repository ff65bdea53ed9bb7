import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import type { AnyJson } from '../support/broker-client.js';

const OFFLINE_MS = 300_000;
const toReviewer = { capability: 'review' };

const openReviewers = async (t: Parameters<typeof openBench>[0], ...names: string[]): Promise<BrokerBench> => {
  const bench = await openBench(t);
  for (const name of names) await bench.expect(201, 'PUT', `/v1/modules/${name}`, { capabilities: ['review', 'read'] });
  return bench;
};

const beat = async (bench: BrokerBench, ...names: string[]): Promise<void> => {
  for (const name of names) await bench.expect(200, 'POST', `/v1/modules/${name}/heartbeat`, {});
};

/** How many messages went to each. */
const tally = (messages: readonly AnyJson[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { to } of messages) counts[to] = (counts[to] ?? 0) + 1;
  return counts;
};

test('a message to a capability goes to a module that has it, and says to which', async (t) => {
  const bench = await openReviewers(t, 'Ann');
  const sent = await bench.send(toReviewer);
  const shown = [sent, await bench.message(sent.id), (await bench.claimOne('Ann')).message];
  for (const { to, capability } of shown) assert.deepEqual([to, capability], ['Ann', 'review']);
  const [stored] = await bench.rows('select recipient, capability from messages');
  assert.deepEqual(stored, { recipient: 'Ann', capability: 'review' });
  assert.equal((await bench.events('message.sent'))[0].data.to, 'Ann');
});

test('the least loaded gets it, counting what waits for it and what it works on', async (t) => {
  const bench = await openReviewers(t, 'Ann', 'Bob', 'Cid');
  await bench.send({ to: 'Ann' });
  await bench.send({ to: 'Bob' });
  assert.equal((await bench.send(toReviewer)).to, 'Cid');
  await bench.claimOne('Ann');
  const claimed = await bench.claimOne('Bob');
  assert.equal((await bench.send(toReviewer)).to, 'Ann', 'all have one: the name decides');
  await bench.settle('complete', claimed);
  assert.equal((await bench.send(toReviewer)).to, 'Bob');
});

test('the load is known when the hub starts again', async (t) => {
  const bench = await openReviewers(t, 'Ann', 'Bob');
  await bench.send({ to: 'Ann' });
  await bench.restart();
  assert.equal((await bench.send(toReviewer)).to, 'Bob');
});

test('within one batch the messages are spread', async (t) => {
  const bench = await openReviewers(t, 'Ann', 'Bob', 'Cid');
  await bench.send({ to: 'Ann' });
  const sent = await bench.sendEach(Array(8).fill({ to: undefined, ...toReviewer }));
  assert.deepEqual(tally(sent), { Ann: 2, Bob: 3, Cid: 3 });
});

test('messages that are sent at once are spread', async (t) => {
  const bench = await openReviewers(t, 'Ann', 'Bob', 'Cid');
  const sends = Array.from({ length: 9 }, () => bench.send(toReviewer));
  assert.deepEqual(tally(await Promise.all(sends)), { Ann: 3, Bob: 3, Cid: 3 });
});

test('a message that could not be sent loads nobody', async (t) => {
  const bench = await openReviewers(t, 'Ann', 'Bob');
  const conversationId = 'conv_99';
  const refused = { from: 'Producer', ...toReviewer, conversationId };
  assert.equal((await bench.call('POST', '/v1/messages', refused)).status, 404);
  assert.equal((await bench.send(toReviewer)).to, 'Ann');
});

test('a module that is offline gets nothing, however little it has to do', async (t) => {
  const bench = await openReviewers(t, 'Ann', 'Bob');
  bench.clock.advance(OFFLINE_MS - 1);
  await beat(bench, 'Bob');
  await bench.send({ to: 'Bob' });
  assert.equal((await bench.send(toReviewer)).to, 'Ann', 'not offline yet');
  bench.clock.advance(1);
  await bench.send({ to: 'Bob' });
  assert.equal((await bench.send(toReviewer)).to, 'Bob');
});

test('nobody live is a refusal, until one shows that it lives', async (t) => {
  const bench = await openReviewers(t, 'Ann', 'Bob');
  bench.clock.advance(OFFLINE_MS);
  const refused = await bench.call('POST', '/v1/messages', { from: 'Producer', ...toReviewer });
  assert.deepEqual([refused.status, refused.body.code], [409, 'no_capable_module']);
  assert.deepEqual(await bench.rows('select id from messages'), []);
  await bench.claim('Bob');
  assert.equal((await bench.send(toReviewer)).to, 'Bob');
  await beat(bench, 'Ann');
  assert.equal((await bench.send(toReviewer)).to, 'Ann');
});

test('nobody is chosen for its own message', async (t) => {
  const bench = await openReviewers(t, 'Ann', 'Bob');
  for (let n = 0; n < 3; n++) assert.equal((await bench.send({ from: 'Ann', ...toReviewer })).to, 'Bob');
  await bench.expect(200, 'PUT', '/v1/modules/Bob', {});
  const { status, body } = await bench.call('POST', '/v1/messages', { from: 'Ann', ...toReviewer });
  assert.deepEqual([status, body.code], [409, 'no_capable_module']);
});

test('a capability that nobody has is a refusal of that message alone', async (t) => {
  const bench = await openReviewers(t, 'Ann');
  const [wrong, right] = await bench.sendEach([
    { to: undefined, capability: 'paint' },
    { to: undefined, ...toReviewer },
  ]);
  assert.deepEqual([wrong.problem.code, right.to], ['no_capable_module', 'Ann']);
});

test('the payload must fit the module that is chosen', async (t) => {
  const bench = await openBench(t);
  const inputSchema = { type: 'object', required: ['text'] };
  await bench.expect(201, 'PUT', '/v1/modules/Strict', { capabilities: ['review'], inputSchema });
  const body = { from: 'Producer', ...toReviewer, payload: {} };
  assert.equal((await bench.call('POST', '/v1/messages', body)).body.code, 'payload_mismatch');
  assert.equal((await bench.send({ ...body, payload: { text: 'a' } })).to, 'Strict');
});

test('a message names one of to, capability and channel', async (t) => {
  const bench = await openReviewers(t, 'Ann');
  for (const target of [{ to: 'Ann' }, { channel: 'work' }, { broadcast: true }]) {
    const { status } = await bench.call('POST', '/v1/messages', { from: 'Producer', ...toReviewer, ...target });
    assert.equal(status, 400);
  }
});
