import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { agentLaunch } from '../../src/agents/agent-launch.js';
import { createClaudeDriver } from '../../src/agents/drivers/claude-driver.js';
import { EventStore } from '../../src/events/event-store.js';
import { buildPool } from '../../src/hub-pool.js';
import { systemClock } from '../../src/lib/clock.js';
import { ModuleDirectory } from '../../src/modules/module-directory.js';
import { openTestDatabase } from '../support/test-database.js';
import { fixtureAgent } from './agent-hub.js';
import { newTurn } from './test-turn.js';

/** An instance that a turn has taken, and to which it has not spoken yet. */
const takeInstance = async (t: TestContext) => {
  const { database, folder: dataFolder } = await openTestDatabase(t);
  const launch = agentLaunch({
    program: fixtureAgent('hears-only-its-end'),
    dataFolder,
    environment: process.env,
    allowBypassPermissions: false,
  });
  const { pool, orders } = buildPool({
    systemPromptOf: async () => '',
    database,
    events: new EventStore(database.read, () => {}),
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    driver: createClaudeDriver(),
    launch,
    config: { agentsMax: 1, agentsMemoryMb: 0, claudeProfiles: [{ name: 'default', folder: undefined }], dataFolder },
    modules: new ModuleDirectory(systemClock, { staleAfterMs: 1000, offlineAfterMs: 1000 }),
    keys: { lend: () => ({ key: '', takeBack: () => {} }) },
    tagPrefix: `${dataFolder}.`,
  });
  t.after(() => pool.stop());
  const turn = newTurn();
  const instance = await pool.acquire(turn.module, 'a', { turn });
  return { pool, orders, turn, instance, pid: instance.run.process.pid! };
};

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

test('an instance that is stopped when a turn has just taken it lets that turn end first', async (t) => {
  const { pool, orders, turn, instance, pid } = await takeInstance(t);
  assert.equal(await orders.stop(instance), false);
  assert.deepEqual([instance.state, turn.endReason, isAlive(pid)], ['stopping', undefined, true]);
  pool.release(instance);
  await instance.run.process.exited;
});

test('an instance that is killed when a turn has just taken it gives the turn back untried', async (t) => {
  const { orders, turn, instance, pid } = await takeInstance(t);
  await orders.kill(instance);
  assert.deepEqual([turn.endReason, isAlive(pid)], ['instance_stopped', false]);
});

test('an instance that is restarted when a turn has just taken it gives the turn back untried, and then starts again', async (t) => {
  const { pool, orders, turn, instance, pid } = await takeInstance(t);
  const restarted = orders.restart(instance, turn.module);
  await instance.run.process.exited;
  assert.deepEqual([turn.endReason, instance.run.process.pid], ['instance_stopped', pid]);
  pool.release(instance);
  await restarted;
  assert.notEqual(instance.run.process.pid, pid);
});

test('a turn that has just taken its instance can be interrupted', async (t) => {
  const { pool, orders, turn, instance } = await takeInstance(t);
  const interrupted = orders.interrupt(instance);
  assert.equal(turn.endReason, 'interrupted');
  pool.release(instance);
  assert.equal(await interrupted, true);
});
