import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { isHubError } from '../../src/lib/errors.js';
import { taskKeyOf } from '../../src/tasks/task-routes.js';
import type { AnyJson } from '../support/broker-client.js';
import { isPostgres } from '../support/database-url.js';
import { createKey } from '../support/hub-keys.js';
import { startTestHub } from '../support/test-hub.js';
import { openTasks } from './task-bench.js';

test('a claim starts a task for one module, and the next one is told that it is taken', async (t) => {
  const { create, claim, refused, events } = await openTasks(t);
  const { id } = await create();
  const { state, assignee, attempt } = await claim(id);
  assert.deepEqual([state, assignee, attempt], ['running', 'Worker', 1]);
  for (const module of ['Producer', 'Worker'])
    assert.equal(await refused(409, 'POST', `/v1/tasks/${id}/claim`, { module }), 'task_taken');
  assert.deepEqual(await events(id), ['task.created', 'task.claimed', 'task.started']);
});

test('an assigned task is claimed by its module only, and a task that is over by nobody', async (t) => {
  const { create, claim, patch, refused } = await openTasks(t);
  const { id } = await create({ assignee: 'Worker' });
  assert.equal(await refused(409, 'POST', `/v1/tasks/${id}/claim`, { module: 'Producer' }), 'task_taken');
  await claim(id);
  await patch(id, { state: 'completed' });
  assert.equal(await refused(409, 'POST', `/v1/tasks/${id}/claim`, { module: 'Worker' }), 'state_conflict');
  assert.equal(await refused(404, 'POST', '/v1/tasks/task_99/claim', { module: 'Worker' }), 'task_not_found');
  assert.equal(await refused(400, 'POST', `/v1/tasks/${id}/claim`, {}), 'invalid_request');
  assert.equal(await refused(404, 'POST', `/v1/tasks/${id}/claim`, { module: 'Nobody' }), 'module_not_found');
});

test('of many claims at once one wins', async (t) => {
  const { bench, create } = await openTasks(t);
  const { id } = await create();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      bench.call('POST', `/v1/tasks/${id}/claim`, { module: n % 2 === 0 ? 'Worker' : 'Producer' }),
    ),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.ok(answers.every(({ status, body }) => status === 200 || body.code === 'task_taken'));
});

test('a module acts as itself, on tasks that it made or has', async (t) => {
  const hub = await startTestHub(t);
  for (const name of ['Maker', 'Doer', 'Stranger']) await hub.call('PUT', `/v1/modules/${name}`, {});
  const [maker, doer, stranger] = await Promise.all(
    ['Maker', 'Doer', 'Stranger'].map((module) => createKey(hub, { scope: 'module', module })),
  );
  const { body: task } = await maker!.call('POST', '/v1/tasks', { title: 'Work' });
  assert.equal(task.createdBy, 'Maker');
  const path = `/v1/tasks/${task.id}`;
  assert.equal((await doer!.call('PATCH', path, { percent: 1 })).status, 403);
  assert.equal((await stranger!.call('POST', `${path}/claim`, { module: 'Doer' })).status, 403);
  assert.equal((await doer!.call('POST', `${path}/claim`)).body.assignee, 'Doer');
  assert.equal((await doer!.call('PATCH', path, { percent: 50 })).status, 200);
  assert.equal((await maker!.call('POST', `${path}/log`, { message: 'How is it?' })).body.author, 'Maker');
  for (const [method, address, body] of [
    ['PATCH', path, { note: 'x' }],
    ['POST', `${path}/log`, { message: 'x' }],
    ['DELETE', path, undefined],
  ] as const)
    assert.equal((await stranger!.call(method, address, body)).body.code, 'forbidden');
  assert.equal((await stranger!.call('GET', path)).body.percent, 50);
  assert.equal((await maker!.call('DELETE', path)).status, 204);
});

const refusedAs =
  (...codes: readonly string[]) =>
  (error: unknown): false => {
    if (isHubError(error) && codes.includes(error.code)) return false;
    throw error;
  };

// Its writer answers every statement over a socket: there fewer show the same.
const [layers, width] = [isPostgres ? 2 : 10, 100];
const count = layers * width;

test(`50 claimants do ${count} tasks with dependencies, each exactly once and never before what it depends on`, async (t) => {
  const { bench } = await openTasks(t);
  const { tasks, taskReading } = bench.parts;
  const dependsOn = new Map<string, string[]>();
  let above: string[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const made = Array.from({ length: width }, async (_, n) => {
      const waitsFor = [n, (n * 37) % width].flatMap((at) => above[at] ?? []);
      const { id } = await tasks.create({ title: `Task ${layer}-${n}`, dependsOn: waitsFor }, undefined);
      dependsOn.set(id, waitsFor);
      return id;
    });
    above = await Promise.all(made);
  }
  const claims = new Map<string, number>();
  const completed = new Set<string>();
  const early: string[] = [];
  const completions = new EventEmitter().setMaxListeners(0);
  const work = async (claimant: number): Promise<void> => {
    const module = claimant % 2 === 0 ? 'Worker' : 'Producer';
    while (completed.size < count) {
      const next = once(completions, 'one');
      const free = await taskReading.list({ state: 'pending' }, 100);
      // Five begin at the same task, so they meet.
      const start = (Math.floor(claimant / 5) * free.length) / 10;
      for (const { id } of [...free.slice(start), ...free.slice(0, start)]) {
        const isMine = await tasks
          .claim(taskKeyOf(id), module)
          .then(() => true, refusedAs('task_taken', 'state_conflict'));
        if (!isMine) continue;
        claims.set(id, (claims.get(id) ?? 0) + 1);
        if (!dependsOn.get(id)!.every((each) => completed.has(each))) early.push(id);
        completed.add(id);
        await tasks.patch(taskKeyOf(id), { state: 'completed' }, module);
        completions.emit('one');
      }
      if (free.length === 0 && completed.size < count) await next;
    }
  };
  await Promise.all(Array.from({ length: 50 }, (_, claimant) => work(claimant)));
  assert.deepEqual(early, []);
  assert.deepEqual([claims.size, [...claims.values()].filter((times) => times !== 1)], [count, []]);
  const states = await bench.rows('select state, count(*) as count from tasks group by state');
  assert.deepEqual(
    states.map(({ state, count: of }) => [state, Number(of)]),
    [['completed', count]],
  );
  const starts: AnyJson[] = await bench.rows(
    `select count(*) as starts, count(distinct task_id) as tasks from events where type = 'task.claimed'`,
  );
  assert.deepEqual([Number(starts[0].starts), Number(starts[0].tasks)], [count, count]);
});
