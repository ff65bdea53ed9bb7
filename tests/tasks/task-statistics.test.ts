import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTasks } from './task-bench.js';

test('statistics count by state and kind, and tell durations and throughput of what was completed', async (t) => {
  const { bench, create, patch, clock } = await openTasks(t);
  for (let n = 1; n <= 20; n++) {
    const { id } = await create({ kind: n % 2 === 0 ? 'even' : 'odd' });
    await patch(id, { state: 'running' });
    clock.advance(n * 1000);
    await patch(id, { state: 'completed' });
  }
  const failed = await create({ kind: 'odd' });
  await patch(failed.id, { state: 'failed' });
  await create({ kind: 'even' });
  const stats = await bench.expect(200, 'GET', '/v1/tasks/stats');
  assert.equal(stats.total, 22);
  const none = { pending: 0, blocked: 0, running: 0, paused: 0, completed: 0, failed: 0, cancelled: 0 };
  assert.deepEqual(stats.byState, { ...none, completed: 20, failed: 1, pending: 1 });
  assert.deepEqual(stats.byKind, {
    even: { ...none, completed: 10, pending: 1 },
    odd: { ...none, completed: 10, failed: 1 },
  });
  assert.deepEqual(stats.durationSeconds, { count: 20, mean: 10.5, p50: 10, p95: 19, max: 20 });
  assert.deepEqual(stats.throughput, { windowSeconds: 3600, completed: 20, perMinute: 20 / 60 });
  const even = await bench.expect(200, 'GET', '/v1/tasks/stats?kind=even');
  assert.deepEqual([even.total, even.durationSeconds.p50, even.durationSeconds.p95], [11, 10, 20]);
  clock.advance(3_600_000);
  const later = await bench.expect(200, 'GET', '/v1/tasks/stats');
  assert.deepEqual([later.total, later.throughput.completed, later.durationSeconds.p50], [22, 0, null]);
});

test('a timeline counts what was made, started and ended in each part of the time', async (t) => {
  const { bench, create, patch, clock } = await openTasks(t);
  const start = clock.now();
  const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString();
  const first = await create();
  const second = await create({ kind: 'other' });
  clock.advance(10_000);
  await patch(first.id, { state: 'running' });
  clock.advance(10_000);
  await patch(first.id, { state: 'completed' });
  await patch(second.id, { state: 'cancelled' });
  const query = `after=${at(0)}&before=${at(30)}&bucketSeconds=10`;
  const { items, bucketSeconds } = await bench.expect(200, 'GET', `/v1/tasks/timeline?${query}`);
  const none = { created: 0, started: 0, completed: 0, failed: 0, cancelled: 0 };
  assert.equal(bucketSeconds, 10);
  assert.deepEqual(items, [
    { at: at(0), ...none, created: 2 },
    { at: at(10), ...none, started: 1 },
    { at: at(20), ...none, completed: 1, cancelled: 1 },
  ]);
  const ofKind = await bench.expect(200, 'GET', `/v1/tasks/timeline?${query}&kind=other`);
  assert.equal(ofKind.items[0].created, 1);
  assert.equal((await bench.expect(200, 'GET', '/v1/tasks/timeline')).items.length, 100);
  await bench.expect(400, 'GET', `/v1/tasks/timeline?after=${at(30)}&before=${at(0)}`);
  await bench.expect(400, 'GET', `/v1/tasks/timeline?after=${at(-100_000)}&before=${at(0)}&bucketSeconds=1`);
});
