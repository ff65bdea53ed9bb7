import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyJson } from '../support/broker-client.js';
import { openTasks } from './task-bench.js';

const DAY_MS = 86_400_000;

test('own tasks of messages go when they are over and old, unless others hang on them; made ones stay', async (t) => {
  const { bench, create, patch, clock } = await openTasks(t);
  const over = async (): Promise<string> => {
    const { taskId } = await bench.send({ track: true });
    await bench.settle('complete', await bench.claimOne());
    return taskId;
  };
  const old = await over();
  await bench.expect(201, 'POST', `/v1/tasks/${old}/log`, { message: 'x' });
  const { taskId: parent } = await bench.send({ track: true });
  const child = await create({ parentId: parent });
  await bench.settle('complete', await bench.claimOne());
  const made = await create();
  await patch(made.id, { state: 'completed' });
  const { taskId: open } = await bench.send({ track: true });
  clock.advance(7 * DAY_MS + 1);
  await bench.settle('complete', await bench.claimOne());
  const young = await over();
  const { taskRetention } = bench.parts;
  assert.equal(await taskRetention.prune(clock.now()), 1);
  assert.equal(await taskRetention.prune(clock.now()), 0);
  const ids = (await bench.expect(200, 'GET', '/v1/tasks')).items.map(({ id }: AnyJson) => id);
  assert.deepEqual(ids, [young, open, made.id, child.id, parent]);
  assert.deepEqual(await bench.rows('select * from task_log'), []);
});
