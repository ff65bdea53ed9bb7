import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnyJson, failure } from '../support/broker-client.js';
import { openTasks } from './task-bench.js';

/** The parts of a task that follow its message. */
const shape = ({ state, percent, attempt, assignee, error }: AnyJson) => ({
  state,
  percent,
  attempt,
  assignee,
  code: error?.code,
});

test('a message that is tracked makes its own task, and each names the other', async (t) => {
  const { bench, get, events } = await openTasks(t);
  const sent = await bench.send({ track: true, type: 'task.process' });
  const task = await get(sent.taskId);
  assert.deepEqual(
    [task.kind, task.title, task.messageId, task.createdBy, task.followsMessage],
    ['message', 'task.process from Producer to Worker', sent.id, 'Producer', true],
  );
  assert.deepEqual(shape(task), { state: 'pending', percent: 0, attempt: 0, assignee: 'Worker', code: undefined });
  assert.equal((await bench.message(sent.id)).taskId, task.id);
  assert.deepEqual((await bench.expect(200, 'GET', `/v1/tasks?message=${sent.id}`)).items, [task]);
  await bench.settle('complete', await bench.claimOne());
  assert.deepEqual(shape(await get(task.id)), {
    state: 'completed',
    percent: 100,
    attempt: 1,
    assignee: 'Worker',
    code: undefined,
  });
  assert.deepEqual(await events(task.id), ['task.created', 'task.started', 'task.completed']);
});

test('a message that is not tracked has no task', async (t) => {
  const { bench } = await openTasks(t);
  const sent = await bench.send({ track: false });
  assert.equal(sent.taskId, undefined);
  await bench.settle('complete', await bench.claimOne(), { reply: { payload: 1 } });
  assert.deepEqual((await bench.expect(200, 'GET', '/v1/tasks')).items, []);
});

test('every message to an agent is tracked, a reply to it too', async (t) => {
  const { bench, get } = await openTasks(t);
  await bench.expect(201, 'PUT', '/v1/modules/Agent', { runtime: 'claude' });
  const { id, taskId } = await bench.send({ to: 'Agent' });
  assert.equal((await get(taskId)).assignee, 'Agent');
  const asked = await bench.send({ from: 'Agent', to: 'Worker' });
  await bench.settle('complete', await bench.claimOne(), { reply: { payload: 1 } });
  const [reply, request, ...others] = (await bench.expect(200, 'GET', '/v1/tasks')).items;
  const answer = await bench.expect(200, 'GET', `/v1/messages/${asked.id}/reply`);
  assert.deepEqual([reply.messageId, request.messageId, others], [answer.id, id, []]);
});

test('a task follows a delivery that fails, is retried, dies and is redriven', async (t) => {
  const { bench, get, events } = await openTasks(t);
  const { taskId } = await bench.send({ track: true, maxAttempts: 2 });
  const follow = async () => shape(await get(taskId));
  await bench.settle('fail', await bench.claimOne(), { delaySeconds: 0 });
  assert.deepEqual(await follow(), {
    state: 'pending',
    percent: 0,
    attempt: 1,
    assignee: 'Worker',
    code: failure.code,
  });
  await bench.settle('fail', await bench.claimOne());
  assert.deepEqual(await follow(), { state: 'failed', percent: 0, attempt: 2, assignee: 'Worker', code: failure.code });
  const [letter] = await bench.deadLetters();
  await bench.expect(200, 'POST', '/v1/dead-letters/redrive', { ids: [letter.delivery.id] });
  assert.equal((await follow()).state, 'pending');
  await bench.settle('complete', await bench.claimOne());
  assert.deepEqual(await follow(), {
    state: 'completed',
    percent: 100,
    attempt: 3,
    assignee: 'Worker',
    code: undefined,
  });
  assert.deepEqual(await events(taskId), [
    'task.created',
    'task.started',
    'task.retried',
    'task.started',
    'task.failed',
    'task.retried',
    'task.started',
    'task.completed',
  ]);
});

test('a task follows a delivery whose lease runs out, that is released, that expires, and that is cancelled', async (t) => {
  const { bench, get } = await openTasks(t);
  const follow = async (id: string) => shape(await get(id));
  const lost = await bench.send({ track: true });
  await bench.claimOne('Worker', { leaseSeconds: 5 });
  await bench.passTime(6000);
  assert.deepEqual(await follow(lost.taskId), {
    state: 'pending',
    percent: 0,
    attempt: 1,
    assignee: 'Worker',
    code: 'lease_expired',
  });
  await bench.passTime(2000);
  await bench.settle('release', await bench.claimOne());
  assert.deepEqual([(await follow(lost.taskId)).state, (await follow(lost.taskId)).attempt], ['pending', 1]);
  await bench.expect(200, 'POST', `/v1/messages/${lost.id}/cancel`, {});
  assert.deepEqual([(await follow(lost.taskId)).state, (await follow(lost.taskId)).code], ['cancelled', 'cancelled']);
  const late = await bench.send({ track: true, ttlSeconds: 5 });
  await bench.passTime(6000);
  assert.deepEqual([(await follow(late.taskId)).state, (await follow(late.taskId)).code], ['cancelled', 'expired']);
});

test('the task of a broadcast counts what is done', async (t) => {
  const { bench, get } = await openTasks(t);
  await bench.register('One', 'Two', 'Three');
  const { taskId } = await bench.send({ to: undefined, broadcast: true, track: true });
  const follow = async () => {
    const { state, percent, done, total } = await get(taskId);
    return { state, percent, done, total };
  };
  assert.deepEqual(await follow(), { state: 'pending', percent: 0, done: undefined, total: 4 });
  await bench.settle('complete', await bench.claimOne('One'));
  assert.deepEqual(await follow(), { state: 'running', percent: 25, done: 1, total: 4 });
  await bench.settle('complete', await bench.claimOne('Two'));
  await bench.settle('complete', await bench.claimOne('Worker'));
  const broken = await bench.claimOne('Three');
  await bench.settle('fail', broken, { retryable: false });
  assert.deepEqual(await follow(), { state: 'failed', percent: 75, done: 3, total: 4 });
  await bench.expect(200, 'POST', '/v1/dead-letters/redrive', { ids: [broken.delivery.id] });
  assert.deepEqual(await follow(), { state: 'pending', percent: 75, done: 3, total: 4 });
  await bench.settle('complete', await bench.claimOne('Three'));
  assert.deepEqual(await follow(), { state: 'completed', percent: 100, done: 4, total: 4 });
});

test('who works on a message says how far it is; its state is that of its delivery', async (t) => {
  const { bench, patch, get, refused } = await openTasks(t);
  const { taskId } = await bench.send({ track: true });
  const path = `/v1/tasks/${taskId}`;
  assert.equal(await refused(409, 'POST', `${path}/claim`, { module: 'Worker' }), 'task_taken');
  assert.equal(await refused(409, 'PATCH', path, { percent: 5 }), 'state_conflict', 'nobody has claimed it');
  const claimed = await bench.claimOne();
  assert.deepEqual(shape(await patch(taskId, { percent: 60, note: 'Nearly' })).percent, 60);
  for (const body of [{ state: 'completed' }, { assignee: null }, { dependsOn: [] }])
    assert.equal(await refused(409, 'PATCH', path, body), 'state_conflict');
  assert.equal((await get(taskId)).state, 'running');
  await bench.settle('complete', claimed);
  assert.equal((await get(taskId)).note, 'Nearly');
});

test('a task of a message that was deleted is missed by nobody', async (t) => {
  const { bench } = await openTasks(t);
  const { taskId } = await bench.send({ track: true });
  await bench.expect(204, 'DELETE', `/v1/tasks/${taskId}`);
  await bench.settle('complete', await bench.claimOne());
});

test('a message that is sent twice with one key has one task', async (t) => {
  const { bench } = await openTasks(t);
  const body = { from: 'Producer', to: 'Worker', track: true };
  const send = () => bench.expect(201, 'POST', '/v1/messages', body, { 'idempotency-key': 'once' });
  assert.equal((await send()).taskId, (await send()).taskId);
  assert.equal((await bench.expect(200, 'GET', '/v1/tasks')).items.length, 1);
});
