import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approvalStore } from '../../src/agents/approvals/approval-store.js';
import type { HubParts } from '../../src/hub-parts.js';
import { agePriorities } from '../../src/sweeps/age-priorities.js';
import { expireMessages } from '../../src/sweeps/expire-messages.js';
import { forgetFairRanks } from '../../src/sweeps/forget-fair-ranks.js';
import { pruneApprovals } from '../../src/sweeps/prune-approvals.js';
import { pruneConversations } from '../../src/sweeps/prune-conversations.js';
import { pruneCosts } from '../../src/sweeps/prune-costs.js';
import { pruneEvents } from '../../src/sweeps/prune-events.js';
import { pruneIdempotencyKeys } from '../../src/sweeps/prune-idempotency-keys.js';
import { pruneInstances } from '../../src/sweeps/prune-instances.js';
import { pruneMessages } from '../../src/sweeps/prune-messages.js';
import { pruneTurns } from '../../src/sweeps/prune-turns.js';
import { rescueLeases } from '../../src/sweeps/rescue-leases.js';
import type { Sweep } from '../../src/sweeps/sweep.js';
import { timeOutApprovals } from '../../src/sweeps/time-out-approvals.js';
import { putCost, putInstance, putTurn } from '../agents/agent-rows.js';
import { approvalRow } from '../support/approval-row.js';
import { type BrokerBench, openBench } from '../support/broker-bench.js';

const DAY_MS = 86_400_000;

const sweepsOf = ({
  rescue,
  upkeep,
  retention,
  agentRetention,
  conversationRetention,
  approvals,
}: HubParts): Sweep[] => [
  rescueLeases(rescue),
  expireMessages(rescue),
  agePriorities(upkeep),
  pruneMessages(upkeep),
  pruneTurns(agentRetention),
  pruneInstances(agentRetention),
  pruneCosts(agentRetention),
  pruneConversations(conversationRetention),
  pruneIdempotencyKeys(upkeep),
  forgetFairRanks(upkeep),
  pruneEvents(retention),
  timeOutApprovals(approvals),
  pruneApprovals(approvals),
];

test('each sweep has a name of its own, which is that of its file', async (t) => {
  const bench = await openBench(t);
  const names = sweepsOf(bench.parts).map(({ name }) => name);
  const expected = ['rescue-leases', 'expire-messages', 'age-priorities', 'prune-messages'];
  assert.deepEqual(names, [
    ...expected,
    'prune-turns',
    'prune-instances',
    'prune-costs',
    'prune-conversations',
    'prune-idempotency-keys',
    'forget-fair-ranks',
    'prune-events',
    'time-out-approvals',
    'prune-approvals',
  ]);
});

test('on a hub that has just begun no sweep finds anything', async (t) => {
  const bench = await openBench(t);
  await bench.send();
  for (const { name, runOnce } of sweepsOf(bench.parts)) assert.equal(await runOnce(bench.clock.now()), 0, name);
});

/** Something for each of them: a lease that is over, a message that expired, one that waits, one that is done, a key, old events, approvals, what agents leave. */
const openWeekAgo = async (t: Parameters<typeof openBench>[0]): Promise<BrokerBench> => {
  const bench = await openBench(t);
  await bench.register('Fair');
  await bench.expect(200, 'PUT', '/v1/modules/Fair', { fair: true });
  await bench.send({ to: 'Fair' });
  await bench.settle('complete', await bench.claimOne('Fair'));
  await bench.call('POST', '/v1/messages', { from: 'Producer', to: 'Worker' }, { 'idempotency-key': 'order-1' });
  await bench.claimOne();
  await bench.send({ ttlSeconds: 60 });
  await bench.send();
  const now = bench.clock.now();
  await bench.parts.database.write(async (tx) => {
    await approvalStore.insert(tx, approvalRow({ requested_at: now, expires_at: now + 1000 }));
    await approvalStore.insert(tx, approvalRow({ requested_at: now, state: 'denied', decided_at: now }));
  });
  await putTurn(bench);
  await putInstance(bench, 'conv_1', 'stopped');
  await putCost(bench, 'session');
  await bench.expect(201, 'POST', '/v1/conversations', {});
  bench.clock.advance(8 * DAY_MS);
  return bench;
};

for (const isReversed of [false, true]) {
  test(`each sweep finds what is its own and comes to an end${isReversed ? ', in the other order too' : ''}`, async (t) => {
    const bench = await openWeekAgo(t);
    const sweeps = sweepsOf(bench.parts);
    const found = new Set<string>();
    for (const { name, runOnce } of isReversed ? sweeps.toReversed() : sweeps)
      while ((await runOnce(bench.clock.now())) > 0) found.add(name);
    assert.deepEqual([...found].sort(), sweeps.map(({ name }) => name).sort());
  });
}
