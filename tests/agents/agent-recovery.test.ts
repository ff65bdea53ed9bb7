import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buryAgents } from '../../src/agents/agent-recovery.js';
import { costStore } from '../../src/agents/costs/cost-store.js';
import { openBench } from '../support/broker-bench.js';
import { putInstance, putTurn } from './agent-rows.js';

// What stays of the turns of a hub that was killed, without a process being started.

test('of a turn that lost its hub nobody knows what it cost, but whose it was, and whether it had said a word', async (t) => {
  const bench = await openBench(t);
  const { database } = bench.parts;
  for (const [conversation, pieces] of [
    ['conv_1', 2],
    ['conv_2', 0],
    ['conv_3', 0],
  ] as const) {
    if (conversation !== 'conv_3') await putInstance(bench, conversation);
    await putTurn(bench, { conversation, pieces, isRunning: true });
  }
  bench.clock.advance(5000);
  await database.write((tx) => buryAgents(tx, tx.nodeId, bench.parts));
  const { items } = await bench.expect(200, 'GET', '/v1/turns');
  assert.deepEqual(
    items.map(({ state, instanceId, firstTokenMs, costUsd, totalMs }: Record<string, unknown>) => [
      state,
      instanceId,
      firstTokenMs,
      costUsd,
      totalMs,
    ]),
    [
      ['interrupted', undefined, undefined, undefined, 5000],
      ['interrupted', 'inst_2', undefined, undefined, 5000],
      ['interrupted', 'inst_1', 0, undefined, 5000],
    ],
  );
  const told = (await bench.expect(200, 'GET', '/v1/events?types=turn.interrupted')).items;
  assert.deepEqual(
    told.map(({ subject }: { subject: { instanceId?: string } }) => subject.instanceId),
    ['inst_1', 'inst_2', undefined],
  );
  assert.equal(await costStore.turnsOf(database.read, 'Processor', 0), 1, 'a budget counts the one that spoke');
});
