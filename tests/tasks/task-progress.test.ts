import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTasks } from './task-bench.js';

test('a task is made pending, and says all that is known of it', async (t) => {
  const { bench, create, get, clock } = await openTasks(t);
  const { id: messageId } = await bench.send();
  const parent = await create({ title: 'All' });
  const task = await create({
    title: 'Resize',
    kind: 'resize',
    parentId: parent.id,
    messageId,
    weight: 2,
    total: 120,
    assignee: 'Worker',
  });
  const at = new Date(clock.now()).toISOString();
  assert.deepEqual(task, {
    id: task.id,
    title: 'Resize',
    kind: 'resize',
    state: 'pending',
    percent: 0,
    weight: 2,
    total: 120,
    parentId: parent.id,
    dependsOn: [],
    blockedBy: [],
    assignee: 'Worker',
    messageId,
    attempt: 0,
    errorCount: 0,
    warningCount: 0,
    createdAt: at,
    updatedAt: at,
  });
  assert.deepEqual(await get(task.id), task);
  assert.deepEqual([parent.kind, parent.weight], ['task', 1]);
});

test('a task goes its way, and each step is an event of it', async (t) => {
  const { create, patch, events, clock } = await openTasks(t);
  const { id } = await create();
  assert.equal((await patch(id, { state: 'running' })).attempt, 1);
  clock.advance(1000);
  assert.equal((await patch(id, { percent: 40, note: 'Half of it' })).percent, 40);
  assert.equal((await patch(id, { state: 'paused' })).state, 'paused');
  assert.equal((await patch(id, { state: 'running' })).state, 'running');
  clock.advance(500);
  const done = await patch(id, { state: 'completed', result: { files: 3 } });
  assert.deepEqual([done.state, done.percent, done.note, done.result], ['completed', 100, 'Half of it', { files: 3 }]);
  assert.equal(Date.parse(done.endedAt) - Date.parse(done.startedAt), 1500);
  assert.deepEqual(await events(id), [
    'task.created',
    'task.started',
    'task.progressed',
    'task.paused',
    'task.resumed',
    'task.completed',
  ]);
});

test('progress starts a pending task, and so does its end', async (t) => {
  const { create, patch, events } = await openTasks(t);
  const { id } = await create({ total: 8 });
  const { state, percent, done } = await patch(id, { done: 2 });
  assert.deepEqual([state, percent, done], ['running', 25, 2]);
  const other = await create();
  assert.equal((await patch(other.id, { state: 'completed' })).attempt, 1);
  assert.deepEqual(await events(other.id), ['task.created', 'task.started', 'task.completed']);
});

test('a task that failed keeps its percent and says why, and is tried again from the beginning', async (t) => {
  const { create, patch, claim, events } = await openTasks(t);
  const { id } = await create();
  await claim(id);
  const error = { code: 'disk_full', message: 'No space left' };
  const failed = await patch(id, { state: 'failed', percent: 70, error });
  assert.deepEqual([failed.state, failed.percent, failed.error], ['failed', 70, error]);
  const retried = await patch(id, { state: 'pending' });
  assert.deepEqual(
    [retried.state, retried.percent, retried.assignee, retried.endedAt],
    ['pending', 0, undefined, undefined],
  );
  assert.deepEqual(retried.error, error, 'why it failed is known until it starts again');
  const again = await claim(id);
  assert.deepEqual([again.attempt, again.error], [2, undefined]);
  assert.deepEqual((await events(id)).slice(-3), ['task.retried', 'task.claimed', 'task.started']);
});

test('a task that is given back is free for anybody, or for whom it is given to', async (t) => {
  const { create, patch, claim, events } = await openTasks(t);
  const { id } = await create();
  await claim(id);
  await patch(id, { state: 'pending' });
  assert.equal((await claim(id, 'Producer')).assignee, 'Producer');
  assert.equal((await patch(id, { state: 'pending', assignee: 'Worker' })).assignee, 'Worker');
  assert.ok((await events(id)).includes('task.released'));
});

test('what is over stays as it is', async (t) => {
  const { create, patch, refused } = await openTasks(t);
  const { id } = await create();
  await patch(id, { state: 'completed' });
  for (const body of [
    { state: 'completed' },
    { state: 'running' },
    { state: 'pending' },
    { percent: 5 },
    { note: 'x' },
  ])
    assert.equal(await refused(409, 'PATCH', `/v1/tasks/${id}`, body), 'state_conflict', JSON.stringify(body));
});

test('progress that cannot be is refused, and changes nothing', async (t) => {
  const { create, refused, get } = await openTasks(t);
  const { id } = await create({ total: 10 });
  const bare = await create();
  const path = `/v1/tasks/${id}`;
  assert.equal(await refused(400, 'PATCH', path, { percent: 101 }), 'invalid_request');
  assert.equal(await refused(400, 'PATCH', path, { percent: -1 }), 'invalid_request');
  assert.equal(await refused(400, 'PATCH', path, { done: 11 }), 'invalid_request');
  assert.equal(await refused(400, 'PATCH', path, { done: 1, percent: 10 }), 'invalid_request');
  assert.equal(await refused(400, 'PATCH', path, { progress: 10 }), 'invalid_request');
  assert.equal(await refused(400, 'PATCH', `/v1/tasks/${bare.id}`, { done: 1 }), 'invalid_request');
  assert.equal(await refused(409, 'PATCH', path, { state: 'blocked' }), 'state_conflict');
  assert.equal(await refused(404, 'PATCH', '/v1/tasks/task_999', { percent: 1 }), 'task_not_found');
  assert.equal(await refused(404, 'PATCH', '/v1/tasks/7', { percent: 1 }), 'task_not_found');
  assert.deepEqual([(await get(id)).state, (await get(bare.id)).state], ['pending', 'pending']);
});

test('a task names only what is there', async (t) => {
  const { refused } = await openTasks(t);
  const create = (body: object) => ['POST', '/v1/tasks', body] as const;
  assert.equal(await refused(400, ...create({})), 'invalid_request');
  assert.equal(await refused(404, ...create({ title: 'x', parentId: 'task_99' })), 'task_not_found');
  assert.equal(await refused(404, ...create({ title: 'x', dependsOn: ['task_99'] })), 'task_not_found');
  assert.equal(await refused(404, ...create({ title: 'x', dependsOn: ['nonsense'] })), 'task_not_found');
  assert.equal(await refused(404, ...create({ title: 'x', assignee: 'Nobody' })), 'module_not_found');
  assert.equal(await refused(404, ...create({ title: 'x', messageId: 'msg_99' })), 'message_not_found');
  assert.equal(await refused(400, ...create({ title: 'x', weight: 0 })), 'invalid_request');
});
