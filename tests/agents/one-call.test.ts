import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useOfflineClaude } from '../support/claude-cli.js';
import { startHubProcess } from '../support/hub-process.js';
import { FakeClock, makeFolder } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';
import { agentSettings, startAgentHub } from './agent-hub.js';

test('an agent says how it is called, and that call brings its answer', async (t) => {
  const hub = await startAgentHub(t);
  const { call } = await hub.get('/v1/modules/Processor');
  const body = { ...call.body, from: 'Producer', payload: { message: '[[say here]]' } };
  const answer = await hub.call(call.method, call.path, body);
  assert.equal(answer.status, 200);
  const reply = call.answer
    .split('.')
    .reduce((value: Record<string, unknown>, name: string) => value[name], answer.body);
  assert.deepEqual(
    [reply.status, reply.response, reply.source, reply.target],
    ['SUCCESS', 'here', 'Producer', 'Processor'],
  );
  assert.equal((await hub.get('/v1/modules/Producer')).call, undefined, 'others answer when they like');
});

test('who waits for an agent whose last attempt is lost is told so', async (t) => {
  const clock = new FakeClock();
  const hub = await startAgentHub(t, { clock });
  const sent = await hub.send('[[hang]]', { maxAttempts: 1 });
  await hub.when({ types: 'turn.output', message: sent.id });
  const waiting = hub.get(`/v1/messages/${sent.id}/reply?wait=30`);
  clock.advance(61_000);
  const { payload } = await waiting;
  assert.deepEqual([payload.status, payload.error.code, payload.response], ['ERROR', 'lease_expired', '']);
  assert.equal(payload.turnId, (await hub.get(`/v1/messages/${sent.id}`)).turn.id);
});

test('who waits for an agent that has no time to begin is told so', async (t) => {
  const clock = new FakeClock();
  const hub = await startAgentHub(t, { clock, settings: { GRANGER_AGENTS_MAX: '0' } });
  const sent = await hub.send('Are you there?', { ttlSeconds: 5 });
  clock.advance(6000);
  const { payload } = await hub.get(`/v1/messages/${sent.id}/reply?wait=30`);
  const { status, error, message, turnId } = payload;
  assert.deepEqual([status, error.code, message, turnId], ['ERROR', 'expired', 'Are you there?', undefined]);
});

test('who waits for an agent that is removed is told so', async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_AGENTS_MAX: '0' } });
  const sent = await hub.send('Are you there?');
  const waiting = hub.get(`/v1/messages/${sent.id}/reply?wait=30`);
  await hub.call('DELETE', '/v1/modules/Processor?force=true');
  assert.deepEqual([(await waiting).from, (await waiting).payload.error.code], ['Processor', 'module_removed']);
});

test('a message to any other module that ends without a reply gets none', async (t) => {
  const hub = await startAgentHub(t);
  await hub.register('Worker');
  const sent = await hub.send('Are you there?', { to: 'Worker' });
  await hub.call('DELETE', '/v1/modules/Worker?force=true');
  const reply = await hub.call('GET', `/v1/messages/${sent.id}/reply?wait=1`);
  assert.deepEqual([reply.status, reply.body.code], [409, 'no_reply_coming']);
});

test('who waits for an agent whose hub is killed in its last attempt is told so by the next hub', async (t) => {
  const claude = await useOfflineClaude(t);
  const folder = await makeFolder(t);
  const settings = { ...agentSettings(claude), GRANGER_LOG_LEVEL: 'silent' };
  const killed = await startHubProcess(t, { folder, settings });
  await killed.call('PUT', '/v1/modules/Producer', {});
  await killed.call('PUT', '/v1/modules/Processor', { runtime: 'claude' });
  const message = { from: 'Producer', to: 'Processor', payload: { message: '[[hang]]' }, maxAttempts: 1 };
  const { id } = (await killed.call('POST', '/v1/messages', message)).body;
  await whenEvent(killed, { types: 'turn.output', message: id });
  killed.child.kill('SIGKILL');
  await killed.ended;
  const next = await startHubProcess(t, { folder, settings });
  const { payload } = (await next.call('GET', `/v1/messages/${id}/reply?wait=30`)).body;
  assert.deepEqual([payload.status, payload.error.code, payload.turnId], ['ERROR', 'hub_stopped', 'turn_1']);
  next.child.kill('SIGTERM');
  assert.equal((await next.ended).code, 0);
});
