import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { type AgentHub, type AnyBody, agentPids, startAgentHub } from './agent-hub.js';

const post = (hub: AgentHub, path: string, body: object = {}) => hub.call('POST', `/v1/instances${path}`, body);

const started = async (hub: AgentHub, body: object = {}): Promise<AnyBody> =>
  (await post(hub, '', { module: 'Processor', ...body })).body;

test('an instance that is started ahead is idle before its first message, and is the one that answers it', async (t) => {
  const hub = await startAgentHub(t);
  const { status, body } = await post(hub, '', { module: 'Processor', from: 'Producer', name: 'batches' });
  assert.deepEqual([status, body.state, body.name, body.module], [201, 'starting', 'batches', 'Processor']);
  await hub.when({ types: 'instance.ready' });
  const idle = await hub.get(`/v1/instances/${body.id}`);
  assert.equal(idle.state, 'idle');
  assert.deepEqual(await agentPids(hub), [idle.pid]);
  assert.ok(idle.cpu >= 0 && idle.uptimeSeconds >= 0);
  await eventually(async () => (await hub.get(`/v1/instances/${body.id}`)).memoryMb > 50);
  assert.deepEqual([idle.turns, idle.costUsd, idle.lastTurnAt], [0, 0, undefined]);

  const { reply, conversationId } = await hub.ask('[[say hello]]');
  const [turn] = (await hub.get('/v1/turns')).items;
  assert.deepEqual([reply.payload.response, turn.instanceId, conversationId], ['hello', body.id, idle.conversationId]);
  const used = await hub.get(`/v1/instances/${body.id}`);
  assert.deepEqual([used.turns, used.costUsd, used.state], [1, turn.costUsd, 'idle']);
  assert.deepEqual(
    (await hub.get('/v1/instances')).items.map(({ id }: AnyBody) => id),
    [body.id],
  );
  assert.deepEqual(hub.errors, []);
});

test('a spare is taken by the next conversation that is new', async (t) => {
  const hub = await startAgentHub(t);
  const spare = await started(hub);
  assert.equal(spare.conversationId, undefined);
  const { conversationId } = await hub.ask('[[say hello]]');
  const [turn] = (await hub.get('/v1/turns')).items;
  assert.equal(turn.instanceId, spare.id);
  assert.equal((await hub.get(`/v1/instances/${spare.id}`)).conversationId, conversationId);
  assert.equal((await hub.get('/v1/stats')).instances, 1);
});

test('a message to an instance goes to it, in a conversation of its own where it was a spare', async (t) => {
  const hub = await startAgentHub(t);
  const one = await started(hub);
  const other = await started(hub);
  for (const { id } of [other, one, other]) {
    const { status, body } = await post(hub, `/${id}/messages?wait=30`, {
      from: 'Producer',
      payload: { message: `[[say ${id}]]` },
    });
    assert.deepEqual([status, body.to, body.reply.payload.response], [200, 'Processor', id]);
  }
  const turns = (await hub.get('/v1/turns')).items.map(({ instanceId }: AnyBody) => instanceId);
  assert.deepEqual(turns, [other.id, one.id, other.id]);
  assert.equal((await agentPids(hub)).length, 2);
});

test('an instance of a conversation is started once, and one that is not there is refused', async (t) => {
  const hub = await startAgentHub(t);
  const first = await post(hub, '', { module: 'Processor', conversationId: 'order-42' });
  const second = await post(hub, '', { module: 'Processor', conversationId: 'order-42' });
  assert.deepEqual([first.status, second.status, second.body.id], [201, 200, first.body.id]);
  const refused = async (body: object) => {
    const answer = await post(hub, '', body);
    return [answer.status, answer.body.code];
  };
  assert.deepEqual(await refused({ module: 'Nobody' }), [404, 'module_not_found']);
  assert.deepEqual(await refused({ module: 'Producer' }), [400, 'invalid_request']);
  assert.deepEqual(await refused({ module: 'Processor', from: 'Nobody' }), [404, 'module_not_found']);
  assert.deepEqual(await refused({ module: 'Processor', conversationId: 'conv_999' }), [404, 'conversation_not_found']);
  assert.deepEqual(await refused({ module: 'Processor', color: 'red' }), [400, 'invalid_request']);
  for (const [method, path] of [
    ['GET', '/v1/instances/inst_999'],
    ['GET', '/v1/instances/five'],
    ['POST', '/v1/instances/inst_999/pause'],
    ['DELETE', '/v1/instances/inst_999'],
  ] as const)
    assert.equal((await hub.call(method, path)).body.code, 'instance_not_found');
});

test('a program that is not there shows at the start', async (t) => {
  const hub = await startAgentHub(t, { program: '/no/such/claude' });
  const { status, body } = await post(hub, '', { module: 'Processor' });
  assert.deepEqual([status, body.code], [500, 'agent_crashed']);
  assert.match(body.detail, /no\/such\/claude is not installed/);
  assert.deepEqual((await hub.get('/v1/instances')).items, []);
});

test('where every process is busy, no more are started', async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_AGENTS_MAX: '1' } });
  const sent = await hub.send('[[hang]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  const { status, body } = await post(hub, '', { module: 'Processor' });
  assert.deepEqual([status, body.code], [409, 'instances_full']);
});

test('two messages of one conversation that may overtake each other still have its process one after the other', async (t) => {
  const hub = await startAgentHub(t);
  const first = await hub.send('[[slow 100ms x 4]]', { conversationId: 'a', orderingKey: 'x' });
  const second = await hub.send('[[say two]]', { conversationId: 'a', orderingKey: 'y' });
  for (const { id } of [first, second]) await hub.when({ types: 'turn.succeeded', message: id });
  const types = (await hub.events({ types: 'instance.*' })).map(({ type }) => type);
  assert.deepEqual(types, ['instance.started']);
  const attempts = (await hub.events({ types: 'turn.succeeded' })).map(({ data }) => data.attempt);
  assert.deepEqual(attempts, [1, 1]);
});

test('instances are for the admin, but a module may look and may send to one', async (t) => {
  const hub = await startAgentHub(t);
  const { id } = await started(hub);
  const { key } = (await hub.call('POST', '/v1/modules/Producer/keys', {})).body;
  const asProducer = { authorization: `Bearer ${key}` };
  assert.equal((await hub.call('GET', '/v1/instances', undefined, asProducer)).status, 200);
  assert.equal((await hub.call('POST', `/v1/instances/${id}/pause`, {}, asProducer)).status, 403);
  assert.equal((await hub.call('DELETE', `/v1/instances/${id}`, undefined, asProducer)).status, 403);
  const payload = { message: '[[say hello]]' };
  const sent = await hub.call('POST', `/v1/instances/${id}/messages?wait=30`, { payload }, asProducer);
  assert.deepEqual([sent.status, sent.body.from, sent.body.reply.payload.response], [200, 'Producer', 'hello']);
});
