import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentRetentionStore } from '../../src/agents/agent-retention-store.js';
import { costStore } from '../../src/agents/costs/cost-store.js';
import { conversationRetentionStore } from '../../src/conversations/conversation-retention-store.js';
import { ExplainingHandle } from '../messages/explaining-handle.js';
import { connectBeside, openTestDatabase } from '../support/test-database.js';

test('what is old among turns, instances, costs and conversations is found by keys and indexes', async (t) => {
  const { folder } = await openTestDatabase(t);
  const handle = new ExplainingHandle(connectBeside(t, folder));
  const stretch = { from: 1, upTo: 1000, before: 1, limit: 1 };
  await agentRetentionStore.firstTurn(handle, 0);
  await agentRetentionStore.overTurns(handle, stretch);
  await agentRetentionStore.removeOutput(handle, 1, 1);
  await agentRetentionStore.removeOutgrownCopies(handle, { conversation_id: 'conv_1', module: 'A', started_at: 1 });
  await agentRetentionStore.firstInstance(handle, 0);
  await agentRetentionStore.overInstances(handle, stretch);
  await costStore.first(handle, 0);
  await costStore.over(handle, stretch);
  await conversationRetentionStore.first(handle, 0);
  await conversationRetentionStore.faded(handle, stretch);
  assert.ok(handle.plan.length > 10);
  assert.deepEqual(
    handle.plan.filter((line) => line.startsWith('SCAN')),
    [],
  );
});
