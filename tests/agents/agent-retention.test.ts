import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentRetentionService } from '../../src/agents/agent-retention-service.js';
import { pruneCosts } from '../../src/sweeps/prune-costs.js';
import { pruneInstances } from '../../src/sweeps/prune-instances.js';
import { pruneTurns } from '../../src/sweeps/prune-turns.js';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import { failure } from '../support/broker-client.js';
import { endTurn, putCost, putInstance, putSession, putTurn } from './agent-rows.js';

const DAY_MS = 86_400_000;
/** Messages are kept for 7 days. */
const LONG_MS = 8 * DAY_MS;

/** Rounds of all three, to their ends. */
const prune = async ({ parts, clock }: BrokerBench): Promise<void> => {
  for (const sweep of [pruneTurns, pruneInstances, pruneCosts])
    while ((await sweep(parts.agentRetention).runOnce(clock.now())) > 0);
};

const keysOf = async (bench: BrokerBench, table: string, column = 'id'): Promise<unknown[]> =>
  (await bench.rows(`select distinct ${column} as key from ${table} order by ${column}`)).map(({ key }) => key);

test('turns that ended long ago go, with what was said in them; young and running ones stay', async (t) => {
  const bench = await openBench(t);
  await putTurn(bench, { pieces: 3 });
  const running = await putTurn(bench, { isRunning: true });
  bench.clock.advance(LONG_MS);
  const young = await putTurn(bench);
  await prune(bench);
  assert.deepEqual(await keysOf(bench, 'turns'), [running, young]);
  assert.deepEqual(await keysOf(bench, 'turn_output', 'turn_id'), [running, young]);
});

test('a turn that ran for long is as old as its end', async (t) => {
  const bench = await openBench(t);
  const id = await putTurn(bench, { isRunning: true });
  bench.clock.advance(LONG_MS);
  await bench.parts.database.write((tx) => endTurn(tx, bench, { id }));
  await prune(bench);
  assert.deepEqual(await keysOf(bench, 'turns'), [id]);
  bench.clock.advance(LONG_MS);
  await prune(bench);
  assert.deepEqual([await keysOf(bench, 'turns'), await keysOf(bench, 'turn_output')], [[], []]);
});

test('of a delivery that is open or dead every turn stays, and goes when it is over', async (t) => {
  const bench = await openBench(t);
  const open = await putTurn(bench, { delivery: Number((await bench.send()).deliveries[0].id.slice(4)) });
  const dead = await bench.send({ to: 'Producer', from: 'Worker', maxAttempts: 1 });
  const buried = await putTurn(bench, { delivery: Number(dead.deliveries[0].id.slice(4)) });
  await bench.settle('fail', await bench.claimOne('Producer'), { error: failure });
  bench.clock.advance(LONG_MS);
  await prune(bench);
  assert.deepEqual(await keysOf(bench, 'turns'), [open, buried]);
  await bench.settle('complete', await bench.claimOne());
  await bench.expect(204, 'DELETE', `/v1/dead-letters/${dead.deliveries[0].id}`);
  await prune(bench);
  assert.deepEqual(await keysOf(bench, 'turns'), []);
});

test('an answer of any length goes in bounded steps', async (t) => {
  const bench = await openBench(t);
  for (let count = 0; count < 3; count++) await putTurn(bench, { pieces: 900 });
  bench.clock.advance(LONG_MS);
  const left: unknown[] = [];
  while ((await bench.parts.agentRetention.pruneTurns(bench.clock.now())) > 0)
    left.push((await bench.rows('select count(*) as pieces from turn_output'))[0]?.pieces);
  assert.deepEqual(left, [1701, 702, 0], 'a thousand rows a step, the turns among them');
});

test('one round walks past all that has to stay', async (t) => {
  const bench = await openBench(t);
  const { id } = (await bench.send()).deliveries[0];
  const delivery = Number(id.slice(4));
  for (let count = 0; count < 150; count++) await putTurn(bench, { pieces: 0, ...(count < 20 ? { delivery } : {}) });
  bench.clock.advance(LONG_MS);
  await prune(bench);
  assert.equal((await keysOf(bench, 'turns')).length, 20);
  await bench.settle('complete', await bench.claimOne());
  await prune(bench);
  assert.deepEqual(await keysOf(bench, 'turns'), []);
});

test('a day keeps its turns, for budgets count them, however short messages are kept', async (t) => {
  const bench = await openBench(t);
  await putTurn(bench);
  const { database } = bench.parts;
  const retention = new AgentRetentionService({ database, keepMessagesMs: 1000 });
  bench.clock.advance(DAY_MS);
  assert.deepEqual([await retention.pruneTurns(bench.clock.now()), await keysOf(bench, 'turns')], [0, [1]]);
  bench.clock.advance(1);
  while ((await retention.pruneTurns(bench.clock.now())) > 0);
  assert.deepEqual(await keysOf(bench, 'turns'), []);
});

test('instances that ended long ago go; those that live stay, however old', async (t) => {
  const bench = await openBench(t);
  await putInstance(bench, 'conv_1', 'stopped');
  const living = await putInstance(bench, 'conv_1');
  await putInstance(bench, 'conv_1', 'crashed');
  bench.clock.advance(LONG_MS);
  const young = await putInstance(bench, 'conv_1', 'stopped');
  await prune(bench);
  assert.deepEqual(await keysOf(bench, 'instances'), [living, young]);
});

test('costs stay as long as they are shown, and those of a session as long as it may be resumed', async (t) => {
  const bench = await openBench(t);
  await putCost(bench, 'left');
  await putCost(bench, 'goes-on');
  await putSession(bench, 'conv_1', 'goes-on');
  bench.clock.advance(6 * DAY_MS);
  await prune(bench);
  const { byDay } = (await bench.expect(200, 'GET', '/v1/stats')).cost;
  assert.deepEqual(
    byDay.map(({ costUsd }: { costUsd: number }) => costUsd),
    [1],
  );
  bench.clock.advance(2 * DAY_MS);
  await prune(bench);
  assert.deepEqual(await keysOf(bench, 'turn_costs', 'session_id'), ['goes-on']);
});

test('the session of a delivery of a channel goes with its last turn, that of a conversation does not', async (t) => {
  const bench = await openBench(t);
  for (const conversation of ['delivery:1', 'conv_1']) {
    await putTurn(bench, { conversation });
    await putSession(bench, conversation, `of ${conversation}`);
  }
  bench.clock.advance(LONG_MS);
  await prune(bench);
  assert.deepEqual(await keysOf(bench, 'agent_sessions', 'conversation_id'), ['conv_1']);
});

test('a fork that has not begun does not hear later what was said beside it, when nothing tells of that any more', async (t) => {
  const bench = await openBench(t);
  await bench.send({ conversationId: 'sea' });
  await putSession(bench, 'sea', 'session');
  const forks = [];
  for (const isBefore of [true, false]) {
    const { id } = await bench.expect(201, 'POST', '/v1/conversations/sea/fork', {});
    await bench.send({ conversationId: id });
    forks.push(id);
    bench.clock.advance(1);
    if (isBefore) await putTurn(bench, { conversation: 'sea' });
    bench.clock.advance(1);
  }
  bench.clock.advance(LONG_MS);
  await prune(bench);
  assert.deepEqual(await keysOf(bench, 'turns'), []);
  assert.deepEqual((await keysOf(bench, 'agent_sessions', 'conversation_id')).sort(), [forks[1], 'sea'].sort());
});
