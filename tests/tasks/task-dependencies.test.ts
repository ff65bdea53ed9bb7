import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTasks } from './task-bench.js';

test('a task is blocked until all that it depends on is completed', async (t) => {
  const { create, patch, get, events, refused } = await openTasks(t);
  const [a, b] = [await create(), await create()];
  const task = await create({ dependsOn: [a.id, b.id, a.id] });
  assert.deepEqual([task.state, task.dependsOn, task.blockedBy], ['blocked', [a.id, b.id], [a.id, b.id]]);
  assert.equal(await refused(409, 'POST', `/v1/tasks/${task.id}/claim`, { module: 'Worker' }), 'task_blocked');
  for (const state of ['running', 'completed', 'pending'])
    assert.equal(await refused(409, 'PATCH', `/v1/tasks/${task.id}`, { state }), 'task_blocked');
  await patch(a.id, { state: 'completed' });
  assert.deepEqual((await get(task.id)).blockedBy, [b.id]);
  await patch(b.id, { state: 'completed' });
  const free = await get(task.id);
  assert.deepEqual([free.state, free.dependsOn, free.blockedBy], ['pending', [a.id, b.id], []]);
  assert.deepEqual(await events(task.id), ['task.created', 'task.blocked', 'task.unblocked']);
});

test('what depends on a completed task is free from the beginning', async (t) => {
  const { create, patch } = await openTasks(t);
  const { id } = await create();
  await patch(id, { state: 'completed' });
  assert.equal((await create({ dependsOn: [id] })).state, 'pending');
});

test('a task that failed or was cancelled does not free those that wait for it, until it is tried again and completed', async (t) => {
  const { create, patch, get } = await openTasks(t);
  const { id } = await create();
  const waiting = await create({ dependsOn: [id] });
  for (const state of ['failed', 'cancelled']) {
    await patch(id, { state });
    assert.equal((await get(waiting.id)).state, 'blocked');
    await patch(id, { state: 'pending' });
  }
  await patch(id, { state: 'completed' });
  assert.equal((await get(waiting.id)).state, 'pending');
});

test('dependencies change as long as a task has not started', async (t) => {
  const { create, patch, events, refused } = await openTasks(t);
  const [a, b, task] = [await create(), await create(), await create()];
  assert.equal((await patch(task.id, { dependsOn: [a.id] })).state, 'blocked');
  const moved = await patch(task.id, { dependsOn: [b.id] });
  assert.deepEqual([moved.state, moved.blockedBy], ['blocked', [b.id]]);
  await patch(a.id, { state: 'completed' });
  assert.equal((await patch(task.id, { dependsOn: [a.id] })).state, 'pending');
  assert.deepEqual((await patch(task.id, { dependsOn: [] })).dependsOn, []);
  await patch(task.id, { state: 'running' });
  assert.equal(await refused(409, 'PATCH', `/v1/tasks/${task.id}`, { dependsOn: [b.id] }), 'state_conflict');
  const changes = (await events(task.id)).filter((type) => type !== 'task.updated');
  assert.deepEqual(changes, ['task.created', 'task.blocked', 'task.unblocked', 'task.started']);
});

test('tasks that would wait for each other are refused, and the circle is named', async (t) => {
  const { bench, create, get } = await openTasks(t);
  const a = await create();
  const b = await create({ dependsOn: [a.id] });
  const c = await create({ dependsOn: [b.id] });
  const { code, detail } = await bench.expect(422, 'PATCH', `/v1/tasks/${a.id}`, { dependsOn: [c.id] });
  assert.equal(code, 'task_cycle');
  assert.match(detail, new RegExp(`${a.id} -> ${c.id} -> ${b.id} -> ${a.id}`));
  await bench.expect(422, 'PATCH', `/v1/tasks/${a.id}`, { dependsOn: [a.id] });
  const { state, dependsOn } = await get(a.id);
  assert.deepEqual([state, dependsOn], ['pending', []]);
});

test('a task does not wait for one that it is a part of', async (t) => {
  const { create, patch, refused } = await openTasks(t);
  const root = await create();
  const child = await create({ parentId: root.id });
  assert.equal(
    await refused(422, 'POST', '/v1/tasks', { title: 'x', parentId: child.id, dependsOn: [root.id] }),
    'task_cycle',
  );
  assert.equal(await refused(422, 'PATCH', `/v1/tasks/${child.id}`, { dependsOn: [root.id] }), 'task_cycle');
  const waiting = await create({ dependsOn: [root.id] });
  assert.equal(await refused(422, 'PATCH', `/v1/tasks/${waiting.id}`, { parentId: child.id }), 'task_cycle');
  assert.equal((await patch(root.id, { dependsOn: [child.id] })).state, 'blocked', 'a whole may wait for its part');
});

test('what others wait for is deleted only where that is said, and they wait no more', async (t) => {
  const { bench, create, get, refused } = await openTasks(t);
  const a = await create();
  const waiting = await create({ dependsOn: [a.id] });
  assert.equal(await refused(409, 'DELETE', `/v1/tasks/${a.id}`), 'state_conflict');
  await bench.expect(204, 'DELETE', `/v1/tasks/${a.id}?force=true`);
  const { state, dependsOn } = await get(waiting.id);
  assert.deepEqual([state, dependsOn], ['pending', []]);
  await bench.expect(204, 'DELETE', `/v1/tasks/${waiting.id}`);
});

test('a blocked task that was cancelled is blocked again when it is tried again', async (t) => {
  const { create, patch, get } = await openTasks(t);
  const a = await create();
  const task = await create({ dependsOn: [a.id] });
  await patch(task.id, { state: 'cancelled' });
  assert.equal((await patch(task.id, { state: 'pending' })).state, 'blocked');
  await patch(a.id, { state: 'completed' });
  assert.equal((await get(task.id)).state, 'pending');
});
