import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyJson } from '../support/broker-client.js';
import { openTasks } from './task-bench.js';

test('the percent of a parent follows its children, by their weight, up to the root', async (t) => {
  const { create, patch, get, events } = await openTasks(t);
  const root = await create();
  const half = await create({ parentId: root.id });
  await create({ parentId: root.id, weight: 3 });
  const heavy = await create({ parentId: half.id, weight: 3 });
  await create({ parentId: half.id });
  await patch(heavy.id, { percent: 40 });
  assert.deepEqual([(await get(half.id)).percent, (await get(root.id)).percent], [30, 7.5]);
  await patch(heavy.id, { state: 'completed' });
  assert.deepEqual([(await get(half.id)).percent, (await get(root.id)).percent], [75, 18.75]);
  assert.deepEqual(await events(root.id), ['task.created', 'task.progressed', 'task.progressed']);
});

test('the mean is taken anew when a child comes, goes, is cancelled, or weighs differently', async (t) => {
  const { bench, create, patch, get } = await openTasks(t);
  const { id } = await create();
  const percent = async () => (await get(id)).percent;
  const first = await create({ parentId: id });
  await patch(first.id, { state: 'completed' });
  assert.equal(await percent(), 100);
  const second = await create({ parentId: id });
  assert.equal(await percent(), 50);
  await patch(second.id, { weight: 3 });
  assert.equal(await percent(), 25);
  await patch(second.id, { state: 'cancelled' });
  assert.equal(await percent(), 100);
  const third = await create({ parentId: id });
  assert.equal(await percent(), 50);
  await patch(third.id, { parentId: null });
  assert.equal(await percent(), 100);
  await patch(third.id, { parentId: id });
  await bench.expect(204, 'DELETE', `/v1/tasks/${first.id}`);
  assert.equal(await percent(), 0);
});

test('the percent of a parent is not said, and follows no more when the parent is over', async (t) => {
  const { create, patch, get, refused } = await openTasks(t);
  const { id } = await create();
  const child = await create({ parentId: id });
  assert.equal(await refused(409, 'PATCH', `/v1/tasks/${id}`, { percent: 10 }), 'state_conflict');
  await patch(id, { state: 'completed' });
  await patch(child.id, { percent: 20 });
  assert.equal((await get(id)).percent, 100);
  assert.equal(await refused(409, 'POST', '/v1/tasks', { title: 'late', parentId: id }), 'state_conflict');
});

test('a tree is the task with its children, each with its own, in their order', async (t) => {
  const { bench, create } = await openTasks(t);
  const root = await create({ title: 'root' });
  const a = await create({ title: 'a', parentId: root.id });
  await create({ title: 'b', parentId: root.id });
  await create({ title: 'a1', parentId: a.id });
  await create({ title: 'a2', parentId: a.id });
  await create({ title: 'elsewhere' });
  const shape = ({ title, children }: AnyJson): AnyJson => [title, ...children.map(shape)];
  const tree = await bench.expect(200, 'GET', `/v1/tasks/${root.id}/tree`);
  assert.deepEqual(shape(tree), ['root', ['a', ['a1'], ['a2']], ['b']]);
  assert.equal(tree.children[0].children[1].parentId, a.id);
  await bench.expect(404, 'GET', '/v1/tasks/task_99/tree');
});

test('a task is not its own ancestor, nor nested without end', async (t) => {
  const { create, patch, refused } = await openTasks(t);
  const root = await create();
  let deepest = root;
  for (let level = 1; level < 51; level++) deepest = await create({ parentId: deepest.id });
  assert.equal(await refused(400, 'POST', '/v1/tasks', { title: 'deep', parentId: deepest.id }), 'invalid_request');
  for (const id of [root.id, deepest.id])
    assert.equal(await refused(422, 'PATCH', `/v1/tasks/${root.id}`, { parentId: id }), 'task_cycle');
  assert.equal((await patch(deepest.id, { parentId: root.id })).parentId, root.id);
});

test('what is cancelled is cancelled with everything below it that is open', async (t) => {
  const { create, patch, get } = await openTasks(t);
  const root = await create();
  const child = await create({ parentId: root.id });
  const grandchild = await create({ parentId: child.id });
  const finished = await create({ parentId: child.id });
  await patch(finished.id, { state: 'completed' });
  await patch(root.id, { state: 'cancelled' });
  const states = await Promise.all([root, child, grandchild, finished].map(async ({ id }) => (await get(id)).state));
  assert.deepEqual(states, ['cancelled', 'cancelled', 'cancelled', 'completed']);
});

test('a task with children is deleted only with them, and only where that is said', async (t) => {
  const { bench, create, refused } = await openTasks(t);
  const root = await create();
  const child = await create({ parentId: root.id });
  await bench.expect(201, 'POST', `/v1/tasks/${child.id}/log`, { message: 'x' });
  assert.equal(await refused(409, 'DELETE', `/v1/tasks/${root.id}`), 'state_conflict');
  await bench.expect(204, 'DELETE', `/v1/tasks/${root.id}?force=true`);
  for (const { id } of [root, child]) await bench.expect(404, 'GET', `/v1/tasks/${id}`);
  assert.deepEqual(await bench.rows('select * from task_log'), []);
  await bench.expect(404, 'DELETE', `/v1/tasks/${root.id}`);
});
