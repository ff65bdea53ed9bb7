import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKey } from '../support/hub-keys.js';
import { type AgentHub, type AnyBody, agentPids, restartHub, startAgentHub, whenRunning } from './agent-hub.js';

const order = (hub: AgentHub, id: string, verb: string) => hub.call('POST', `/v1/instances/${id}/${verb}`, {});

/** The instance of the conversation that Producer has with Processor, before its first message. */
async function readyInstance(hub: AgentHub): Promise<string> {
  const { id } = (await hub.call('POST', '/v1/instances', { module: 'Processor', from: 'Producer' })).body;
  await hub.when({ types: 'instance.ready' });
  return id;
}

test('a paused instance takes no turn: messages of its conversation wait, others go on, and resuming it lets them through', async (t) => {
  const hub = await startAgentHub(t);
  const id = await readyInstance(hub);
  const paused = await order(hub, id, 'pause');
  assert.deepEqual([paused.status, paused.body.state], [200, 'paused']);
  const waiting = await hub.send('[[say late]]');
  assert.equal((await hub.ask('[[say soon]]', { conversationId: 'another' })).reply.payload.response, 'soon');
  assert.deepEqual((await hub.get('/v1/stats')).turns, { running: 0, waiting: 1 });
  assert.deepEqual(await hub.events({ types: 'turn.started', message: waiting.id }), []);
  const resumed = await order(hub, id, 'resume');
  assert.deepEqual([resumed.status, resumed.body.state === 'paused'], [200, false]);
  await hub.when({ types: 'turn.succeeded', message: waiting.id });
  const [turn] = (await hub.get(`/v1/turns?message=${waiting.id}`)).items;
  assert.equal(turn.instanceId, id);
  const types = (await hub.events({ types: 'instance.*' })).map(({ type, subject }) => [type, subject.instanceId]);
  assert.deepEqual(
    types.filter(([, of]) => of === id).map(([type]) => type),
    ['instance.started', 'instance.ready', 'instance.paused', 'instance.resumed'],
  );
});

test('an instance that is paused while it starts takes no turn when it has', async (t) => {
  const hub = await startAgentHub(t);
  const { id } = (await hub.call('POST', '/v1/instances', { module: 'Processor', from: 'Producer' })).body;
  assert.equal((await order(hub, id, 'pause')).body.state, 'starting');
  const waiting = await hub.send('[[say late]]');
  await hub.when({ types: 'instance.paused' });
  assert.deepEqual(await hub.events({ types: 'turn.started', message: waiting.id }), []);
  assert.deepEqual((await hub.get('/v1/stats')).turns, { running: 0, waiting: 1 });
  await order(hub, id, 'restart');
  await hub.when({ types: 'instance.paused', after: String((await hub.when({ types: 'instance.restarted' })).seq) });
  assert.deepEqual(await hub.events({ types: 'turn.started', message: waiting.id }), [], 'a restart keeps the pause');
  await order(hub, id, 'resume');
  await hub.when({ types: 'turn.succeeded', message: waiting.id });
  const [turn] = (await hub.get(`/v1/turns?message=${waiting.id}`)).items;
  assert.equal(turn.instanceId, id);
  assert.deepEqual(hub.errors, []);
});

test('a message that waits for a paused instance can be cancelled, and a hub that stops gives it back untried', async (t) => {
  const hub = await startAgentHub(t);
  const id = await readyInstance(hub);
  await order(hub, id, 'pause');
  const first = await hub.send('[[say never]]');
  await hub.when({ types: 'delivery.claimed', message: first.id });
  await hub.call('POST', `/v1/messages/${first.id}/cancel`, {});
  const second = await hub.send('[[say later]]');
  await hub.when({ types: 'delivery.claimed', message: second.id });
  await hub.stop();
  const next = await restartHub(t, { ...hub, settings: { ...hub.settings, GRANGER_AGENTS_MAX: '0' } });
  const [delivery] = (await next.get(`/v1/messages/${second.id}`)).deliveries;
  assert.deepEqual([delivery.state, delivery.attempt], ['pending', 0]);
  assert.deepEqual((await next.get(`/v1/messages/${first.id}`)).deliveries[0].state, 'cancelled');
  assert.deepEqual(hub.errors, []);
});

test('an instance that is paused in a turn lets the turn end', async (t) => {
  const hub = await startAgentHub(t);
  const sent = await hub.send('[[slow 100ms x 8]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  const [{ id, state, turnId }] = (await hub.get('/v1/instances')).items;
  assert.deepEqual([state, /^turn_/.test(turnId)], ['busy', true]);
  assert.equal((await order(hub, id, 'pause')).body.state, 'busy');
  await hub.when({ types: 'instance.paused' });
  assert.equal((await hub.get(`/v1/messages/${sent.id}`)).turn.state, 'succeeded');
  assert.equal((await hub.get(`/v1/instances/${id}`)).state, 'paused');
});

test('a turn that somebody interrupts fails for good, its sender is told, and the instance goes on', async (t) => {
  const hub = await startAgentHub(t);
  const sent = await hub.send('[[hang]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  const [{ id }] = (await hub.get('/v1/instances')).items;
  const { status, body } = await order(hub, id, 'interrupt');
  assert.deepEqual([status, body.state, body.turnId], [200, 'idle', undefined]);
  const { deliveries, reply, turn } = await hub.get(`/v1/messages/${sent.id}`);
  assert.deepEqual([deliveries[0].state, reply.payload.status], ['dead', 'ERROR']);
  assert.deepEqual([reply.payload.error.code, turn.state], ['turn_interrupted', 'interrupted']);
  const again = await order(hub, id, 'interrupt');
  assert.deepEqual([again.status, again.body.code], [409, 'state_conflict']);
  await hub.ask('[[say fine]]');
  assert.equal((await hub.get('/v1/turns')).items[0].instanceId, id);
});

test('an instance that is restarted keeps its id and its session, and a turn under way is run again, untried', async (t) => {
  const hub = await startAgentHub(t);
  await hub.ask('[[say one]]');
  const [before] = (await hub.get('/v1/instances')).items;
  const sent = await hub.send('[[slow 100ms x 8]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  const { status, body } = await order(hub, before.id, 'restart');
  assert.deepEqual([status, body.id, body.sessionId], [200, before.id, before.sessionId]);
  assert.notEqual(body.pid, before.pid);
  await hub.when({ types: 'turn.succeeded', message: sent.id });
  const turns: AnyBody[] = (await hub.get(`/v1/turns?message=${sent.id}`)).items;
  assert.deepEqual(
    turns.map(({ state, attempt, instanceId }) => [state, attempt, instanceId]),
    [
      ['succeeded', 1, before.id],
      ['interrupted', 1, before.id],
    ],
  );
  assert.match(JSON.stringify(hub.claude.api.requests.at(-1)?.body?.messages), /\[\[say one\]\]/);
  assert.deepEqual(await agentPids(hub), [body.pid]);
  assert.deepEqual(hub.errors, []);
});

test('an idle instance that is stopped is gone, and its conversation goes on in another', async (t) => {
  const hub = await startAgentHub(t);
  await hub.ask('[[say one]]');
  const [{ id }] = (await hub.get('/v1/instances')).items;
  assert.equal((await hub.call('DELETE', `/v1/instances/${id}`)).status, 204);
  assert.deepEqual(await agentPids(hub), []);
  const gone = await hub.get(`/v1/instances/${id}`);
  assert.deepEqual([gone.state, gone.endReason, gone.turns], ['stopped', 'somebody asked for it', 1]);
  assert.deepEqual((await hub.get('/v1/instances')).items, []);
  assert.equal((await hub.get('/v1/instances?state=stopped')).items[0].id, id);
  assert.deepEqual((await hub.call('DELETE', `/v1/instances/${id}`)).body.code, 'state_conflict');
  await hub.ask('[[say two]]');
  assert.match(JSON.stringify(hub.claude.api.requests.at(-1)?.body?.messages), /\[\[say one\]\]/);
});

test('an instance that is stopped in a turn lets the turn end first', async (t) => {
  const hub = await startAgentHub(t);
  const sent = await hub.send('[[slow 100ms x 8]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  const [{ id }] = (await hub.get('/v1/instances')).items;
  const { status, body } = await hub.call('DELETE', `/v1/instances/${id}`);
  assert.deepEqual([status, body.state], [202, 'stopping']);
  await hub.when({ types: 'instance.stopped' });
  assert.equal((await hub.get(`/v1/messages/${sent.id}`)).turn.state, 'succeeded');
  assert.deepEqual(await agentPids(hub), []);
});

test('an instance that is killed leaves nothing, not even its tool, and its turn is run by another, untried', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { allowedTools: ['Bash'] });
  const { epoch } = await hub.get('/v1/stats');
  const sent = await hub.send('[[tool Bash {"command":"sleep 3"}]]');
  await whenRunning(epoch, 'sleep');
  const before = await agentPids(hub);
  const [{ id }] = (await hub.get('/v1/instances')).items;
  assert.equal((await hub.call('DELETE', `/v1/instances/${id}?force=true`)).status, 204);
  const alive = new Set(await agentPids(hub));
  assert.deepEqual(
    before.filter((pid) => alive.has(pid)),
    [],
  );
  await hub.when({ types: 'turn.succeeded', message: sent.id });
  const { deliveries, turn } = await hub.get(`/v1/messages/${sent.id}`);
  assert.deepEqual([deliveries[0].attempt, turn.instanceId === id], [1, false]);
});

test('every order says whose it was, also one that waits for the end of a turn', async (t) => {
  const hub = await startAgentHub(t);
  const other = await createKey(hub, { scope: 'admin' });
  const orderOf = (id: string, verb: string) => other.call('POST', `/v1/instances/${id}/${verb}`, {});
  const { id } = (await other.call('POST', '/v1/instances', { module: 'Processor' })).body;
  await hub.when({ types: 'instance.ready' });
  const slow = await other.call('POST', `/v1/instances/${id}/messages`, {
    from: 'Producer',
    payload: { message: '[[slow 100ms x 8]]' },
  });
  await hub.when({ types: 'turn.output', message: slow.body.id });
  assert.equal((await orderOf(id, 'pause')).body.state, 'busy');
  await hub.when({ types: 'instance.paused' });
  await orderOf(id, 'resume');
  await orderOf(id, 'restart');
  const last = await other.call('POST', `/v1/instances/${id}/messages`, {
    from: 'Producer',
    payload: { message: '[[slow 100ms x 8]]' },
  });
  await hub.when({ types: 'turn.output', message: last.body.id });
  assert.equal((await other.call('DELETE', `/v1/instances/${id}`)).body.state, 'stopping');
  await hub.when({ types: 'instance.stopped' });
  const events = await hub.events({ types: 'instance.*,message.sent,conversation.created' });
  const causes = events
    .filter(({ type, data }) => type !== 'instance.ready' && data.from !== 'Processor')
    .map(({ type, by }) => [type, by]);
  assert.deepEqual(
    causes,
    [
      'instance.started',
      'conversation.created',
      'message.sent',
      'instance.paused',
      'instance.resumed',
      'instance.restarted',
      'message.sent',
      'instance.stopped',
    ].map((type) => [type, other.id]),
  );
});
