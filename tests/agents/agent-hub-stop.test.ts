import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useOfflineClaude } from '../support/claude-cli.js';
import { startHubProcess } from '../support/hub-process.js';
import { makeFolder } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';
import {
  type AgentHub,
  type AnyBody,
  agentSettings,
  pidsOf,
  restartHub,
  startAgentHub,
  whenRunning,
} from './agent-hub.js';

const epochOf = async (hub: Pick<AgentHub, 'get'>): Promise<string> => (await hub.get('/v1/stats')).epoch;

test('a hub that stops lets turns end', async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_DRAIN_SECONDS: '10' } });
  const sent = await hub.send('[[slow 50ms x 8]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  await hub.stop();
  const next = await restartHub(t, hub);
  const { deliveries, reply, turn } = await next.get(`/v1/messages/${sent.id}`);
  assert.deepEqual([deliveries[0].state, reply.payload.status, turn.state], ['done', 'SUCCESS', 'succeeded']);
});

test('a turn that does not end in time is interrupted, its delivery goes back untried, and no process is left', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { allowedTools: ['Bash'] });
  const epoch = await epochOf(hub);
  const sent = await hub.send('[[tool Bash {"command":"sleep 300"}]]');
  await whenRunning(epoch, 'sleep');
  await hub.stop();
  assert.deepEqual(await pidsOf(epoch), []);
  const next = await restartHub(t, { ...hub, settings: { ...hub.settings, GRANGER_AGENTS_MAX: '0' } });
  const { deliveries, reply, turn } = await next.get(`/v1/messages/${sent.id}`);
  assert.deepEqual([deliveries[0].state, deliveries[0].attempt, reply], ['pending', 0, undefined]);
  assert.deepEqual([turn.state, turn.stopReason], ['interrupted', 'draining']);
  assert.deepEqual([hub.errors, next.errors], [[], []]);
});

test('a hub that stops while a process starts leaves neither a process nor an attempt', async (t) => {
  const hub = await startAgentHub(t);
  const epoch = await epochOf(hub);
  const sent = await hub.send('[[say hello]]');
  await hub.when({ types: 'turn.started', message: sent.id });
  await hub.stop();
  assert.deepEqual(await pidsOf(epoch), []);
  const next = await restartHub(t, hub);
  await next.when({ types: 'turn.succeeded', message: sent.id });
  const { deliveries, reply } = await next.get(`/v1/messages/${sent.id}`);
  assert.deepEqual([deliveries[0].attempt, reply.payload.response], [1, 'hello']);
});

test('the conversation goes on after a restart of the hub', async (t) => {
  const hub = await startAgentHub(t);
  await hub.ask('[[say one]]');
  await hub.stop();
  const next = await restartHub(t, hub);
  await next.ask('[[say two]]');
  assert.match(JSON.stringify(hub.claude.api.requests.at(-1)?.body?.messages), /\[\[say one\]\]/);
});

test('after a hub that was killed in a turn, leftovers are ended and the message is tried again', async (t) => {
  const claude = await useOfflineClaude(t);
  const folder = await makeFolder(t);
  const settings = { ...agentSettings(claude), GRANGER_LOG_LEVEL: 'silent' };
  const killed = await startHubProcess(t, { folder, settings });
  const { epoch } = (await killed.call('GET', '/v1/stats')).body;
  await killed.call('PUT', '/v1/modules/Producer', {});
  await killed.call('PUT', '/v1/modules/Processor', { runtime: { type: 'claude', allowedTools: ['Bash'] } });
  const message = { from: 'Producer', to: 'Processor', payload: { message: '[[tool Bash {"command":"sleep 2"}]]' } };
  const { id } = (await killed.call('POST', '/v1/messages', message)).body;
  await whenRunning(epoch, 'sleep');
  killed.child.kill('SIGKILL');
  await killed.ended;
  const leftovers = await pidsOf(epoch);
  assert.ok(leftovers.length >= 2, 'the CLI and its tool live on');

  const next = await startHubProcess(t, { folder, settings });
  await whenEvent(next, { types: 'turn.succeeded', message: id });
  const alive = new Set(await pidsOf(epoch));
  assert.deepEqual(
    leftovers.filter((pid) => alive.has(pid)),
    [],
  );
  const events = (await next.call('GET', `/v1/events?limit=1000&types=turn.*,instance.*,delivery.*`)).body.items;
  const fate = events
    .filter(({ type }: { type: string }) => type !== 'turn.output')
    .map(({ type, data }: { type: string; data: { attempt?: number } }) => [type, data.attempt]);
  assert.deepEqual(fate, [
    ['delivery.claimed', undefined],
    ['turn.started', 1],
    ['instance.started', undefined],
    ['instance.crashed', undefined],
    ['turn.interrupted', 1],
    ['delivery.retried', 1],
    ['delivery.claimed', undefined],
    ['turn.started', 2],
    ['instance.started', undefined],
    ['turn.succeeded', 2],
    ['delivery.completed', 2],
  ]);
  const sessions = events.flatMap(({ type, data }: AnyBody) => (type === 'instance.started' ? [data.sessionId] : []));
  assert.equal(new Set(sessions).size, 1, 'what was done in the first turn is resumed');
  const [again, interrupted] = (await next.call('GET', `/v1/turns?message=${id}`)).body.items;
  const crashed = events.find(({ type }: { type: string }) => type === 'instance.crashed');
  assert.deepEqual([interrupted.stopReason, interrupted.instanceId], ['hub_stopped', crashed.subject.instanceId]);
  assert.deepEqual([interrupted.costUsd, again.costUsd > 0], [undefined, true], 'what it had cost is not known');
  next.child.kill('SIGTERM');
  assert.equal((await next.ended).code, 0);
  assert.deepEqual(await pidsOf(epoch), []);
});
