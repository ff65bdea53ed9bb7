import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredEvent } from '../../src/events/event-types.js';
import type { BucketHistogram } from '../../src/metrics/bucket-histogram.js';
import { EventCounts } from '../../src/metrics/event-counts.js';

const event = (type: string, at: number, data: object = {}): StoredEvent => ({
  seq: at + 1,
  type,
  at,
  module: 'Agent',
  conversation_id: null,
  message_id: 1,
  delivery_id: 1,
  turn_id: 7,
  instance_id: null,
  task_id: null,
  sender: null,
  key_id: null,
  data: JSON.stringify(data),
});

test('a turn is counted with its time, its tokens and its cost when it is over', async () => {
  const counts = new EventCounts();
  counts.add(event('turn.started', 1000));
  counts.add(event('turn.output', 1250));
  counts.add(event('turn.output', 1900));
  assert.equal(counts.turns.size, 0);
  counts.add(event('turn.succeeded', 3000, { inputTokens: 10, outputTokens: 4, costUsd: 0.5 }));
  counts.add(event('turn.failed', 4000, { costUsd: 0.25 }));
  assert.deepEqual(
    [...counts.turns],
    [
      ['Agent\nsucceeded', 1],
      ['Agent\nfailed', 1],
    ],
  );
  assert.deepEqual(counts.spent.get('Agent'), { inputTokens: 10, outputTokens: 4, costUsd: 0.75 });
  const sumOf = async (histogram: BucketHistogram) =>
    (await histogram.get()).values.find(({ metricName }) => metricName.endsWith('_sum'))?.value;
  assert.equal(await sumOf(counts.turnDurations), 2);
  assert.equal(await sumOf(counts.firstOutputs), 0.25);
});

test('a claim of several is several, and what nobody asked for is passed over', () => {
  const counts = new EventCounts();
  counts.add(event('delivery.claimed', 1, { deliveries: ['dlv_1', 'dlv_2', 'dlv_3'], waitedMs: 20 }));
  counts.add(event('delivery.deleted', 2, {}));
  counts.add(event('module.updated', 3, {}));
  assert.equal(counts.deliveries.claimed.get('Agent'), 3);
  assert.equal(Object.values(counts.deliveries).filter(({ size }) => size > 0).length, 1);
});

test('a bucket holds what is up to its bound, and those above it hold that too', async () => {
  const { waits } = new EventCounts();
  for (const seconds of [0.001, 0.0011, 10_000]) waits.observe('A', seconds);
  const { values } = await waits.get();
  const upTo = (le: number | string) => values.find(({ labels }) => (labels as { le?: unknown }).le === le)?.value;
  assert.deepEqual([upTo(0.001), upTo(0.005), upTo(600), upTo('+Inf')], [1, 2, 2, 3]);
});
