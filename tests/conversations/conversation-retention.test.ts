import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pruneConversations } from '../../src/sweeps/prune-conversations.js';
import { pruneMessages } from '../../src/sweeps/prune-messages.js';
import { pruneTurns } from '../../src/sweeps/prune-turns.js';
import { putInstance, putTurn } from '../agents/agent-rows.js';
import { type BrokerBench, openBench } from '../support/broker-bench.js';

const LONG_MS = 8 * 86_400_000;

/** Rounds of all that a conversation waits for, in the order of hub.ts. The newest message is never pruned, so one more comes first. */
const prune = async (bench: BrokerBench): Promise<void> => {
  await bench.send({ ttlSeconds: 1 });
  await bench.passTime(1000);
  const { upkeep, agentRetention, conversationRetention } = bench.parts;
  const sweeps = [pruneMessages(upkeep), pruneTurns(agentRetention), pruneConversations(conversationRetention)];
  for (const { runOnce } of sweeps) while ((await runOnce(bench.clock.now())) > 0);
};

const openWithAgents = async (t: Parameters<typeof openBench>[0]): Promise<BrokerBench> => {
  const bench = await openBench(t);
  for (const [name, conversation] of [
    ['Remembers', 'sender'],
    ['Fresh', 'message'],
  ])
    await bench.expect(201, 'PUT', `/v1/modules/${name}`, { runtime: { type: 'claude', conversation } });
  return bench;
};

const sendOver = async (bench: BrokerBench, message: object): Promise<string> => {
  const { id, conversationId } = await bench.send(message);
  await bench.cancel(id);
  return conversationId;
};

const left = async (bench: BrokerBench): Promise<string[]> =>
  (await bench.expect(200, 'GET', '/v1/conversations')).items.map(({ id }: { id: string }) => id).sort();

test('a conversation goes with the last that is kept of it, and nothing of it is left', async (t) => {
  const bench = await openWithAgents(t);
  const fresh = await sendOver(bench, { to: 'Fresh' });
  await sendOver(bench, { conversationId: 'order-42' });
  const { id: titled } = await bench.expect(201, 'POST', '/v1/conversations', { title: 'Old news' });
  await prune(bench);
  assert.deepEqual(await left(bench), [fresh, titled, 'order-42'].sort());
  bench.clock.advance(LONG_MS);
  await prune(bench);
  assert.deepEqual(await left(bench), []);
  for (const table of ['conversation_participants', 'conversation_texts'])
    assert.deepEqual(await bench.rows(`select conversation_id from ${table}`), [], table);
  assert.equal((await bench.send({ conversationId: 'order-42' })).conversationId, 'order-42');
});

test('it stays while a message of it is open, a turn is kept, a process is there, or somebody has changed it', async (t) => {
  const bench = await openWithAgents(t);
  await bench.send({ conversationId: 'open' });
  for (const conversationId of ['turned', 'warm', 'changed', 'read']) await sendOver(bench, { conversationId });
  await putInstance(bench, 'warm');
  await bench.expect(201, 'POST', '/v1/conversations/read/fork', { id: 'fork' });
  bench.clock.advance(LONG_MS);
  await putTurn(bench, { conversation: 'turned' });
  await bench.expect(200, 'PATCH', '/v1/conversations/changed', { state: 'archived' });
  await bench.send({ conversationId: 'fork' });
  await prune(bench);
  assert.deepEqual(await left(bench), ['changed', 'fork', 'open', 'read', 'turned', 'warm']);
});

test('the one that two modules have by default stays as long as both are there', async (t) => {
  const bench = await openWithAgents(t);
  const conversation = await sendOver(bench, { to: 'Remembers' });
  bench.clock.advance(LONG_MS);
  await prune(bench);
  assert.deepEqual(await left(bench), [conversation]);
  await bench.expect(204, 'DELETE', '/v1/modules/Remembers');
  await prune(bench);
  assert.deepEqual(await left(bench), []);
});

test('many go in one round', async (t) => {
  const bench = await openWithAgents(t);
  for (const { conversationId, id } of await bench.sendEach(Array(250).fill({ to: 'Fresh' }))) {
    assert.match(conversationId, /^conv_/);
    await bench.cancel(id);
  }
  bench.clock.advance(LONG_MS);
  await prune(bench);
  assert.deepEqual(await left(bench), []);
});
