import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { eventually } from '../../support/eventually.js';
import { type AgentHub, type AnyBody, agentPids, fixtureAgent, startAgentHub } from '../agent-hub.js';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

test('the ledger names process, session and model, also across a resume', async (t) => {
  const hub = await startAgentHub(t);
  const first = await hub.ask('[[say one]]');
  const [pid] = await agentPids(hub);
  process.kill(pid!, 'SIGKILL');
  await hub.when({ types: 'instance.crashed' });
  const second = await hub.ask('[[say two]]');
  const database = new Sqlite(join(hub.folder, 'hub.db'), { readonly: true });
  t.after(() => database.close());
  const rows = database.prepare<[], AnyBody>('select * from turn_costs order by id').all();
  assert.equal(rows.length, 2);
  assert.equal(rows[0].session_id, rows[1].session_id);
  assert.notEqual(rows[0].process, rows[1].process);
  assert.match(rows[0].model, /claude/);
  near(rows[0].cost_usd, first.reply.payload.costUsd);
  near(rows[1].cost_usd, second.reply.payload.costUsd);
  assert.equal(rows[1].output_tokens, second.reply.payload.usage.outputTokens);
});

const instances = async (hub: AgentHub, state: string): Promise<AnyBody[]> =>
  (await hub.get(`/v1/instances?state=${state}`)).items;

test('an instance has cost what its turns have, also where its processes report what came before them', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('sums-up-its-session') });
  await hub.ask('One');
  const [{ id }] = await instances(hub, 'idle');
  assert.equal((await hub.call('POST', `/v1/instances/${id}/restart`)).status, 200);
  const { reply } = await hub.ask('Two');
  assert.equal(reply.payload.costUsd, 0.25);
  assert.equal((await hub.get(`/v1/instances/${id}`)).costUsd, 0.5);
  await hub.call('DELETE', `/v1/instances/${id}`);
  await hub.ask('Three');
  await eventually(async () => (await instances(hub, 'idle')).length === 1);
  const [next] = await instances(hub, 'idle');
  const [stopped] = await instances(hub, 'stopped');
  assert.deepEqual([stopped.costUsd, next.costUsd], [0.5, 0.25]);
  const database = new Sqlite(join(hub.folder, 'hub.db'), { readonly: true });
  t.after(() => database.close());
  const rows = database.prepare<[], AnyBody>('select cost_usd from instances order by id').all();
  assert.deepEqual(
    rows.map(({ cost_usd }) => cost_usd),
    [0.5, 0.25],
  );
});
