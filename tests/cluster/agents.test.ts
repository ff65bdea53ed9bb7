import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { agentSettings } from '../agents/agent-hub.js';
import { useOfflineClaude } from '../support/claude-cli.js';
import { type ClusterHub, clusterDatabase, joinCluster } from '../support/cluster.js';
import { openEventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { type RunningHub, startHubProcess } from '../support/hub-process.js';
import type { TestHubOptions } from '../support/test-hub.js';
import { startTraceReceiver } from '../support/trace-receiver.js';
import { whenEvent } from '../support/when-event.js';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
type AnyBody = any;

/** One hub runs agents, and another that may is started when a test asks for it; a third runs none. */
const startHubs = async (t: TestContext, more: Readonly<Record<string, string>> = {}) => {
  const url = await clusterDatabase(t);
  const hubs: ClusterHub[] = [];
  t.after(() => Promise.all(hubs.map(({ stop }) => stop())));
  const settings = { ...agentSettings(await useOfflineClaude(t)), ...more };
  const join = async (agents: number, place: Pick<TestHubOptions, 'folder'> = {}): Promise<ClusterHub> => {
    const hub = await joinCluster(t, url, { ...place, settings: { ...settings, GRANGER_AGENTS_MAX: String(agents) } });
    hubs.push(hub);
    return hub;
  };
  const [runner, front] = [await join(2), await join(0)];
  await front.broker.register('Producer');
  await front.call('PUT', '/v1/modules/Processor', { runtime: 'claude' });
  return { runner, front, join };
};

/** A hub in a process of its own, which can be killed or held up, and one beside it that runs agents too. */
const startBeside = async (t: TestContext) => {
  const url = await clusterDatabase(t);
  const hubs: ClusterHub[] = [];
  t.after(() => Promise.all(hubs.map(({ stop }) => stop())));
  const settings = agentSettings(await useOfflineClaude(t));
  const own = { ...settings, GRANGER_DATABASE_URL: url, GRANGER_LOG_LEVEL: 'silent' };
  const process = await startHubProcess(t, { settings: own });
  await process.call('PUT', '/v1/modules/Producer', {});
  await process.call('PUT', '/v1/modules/Processor', { runtime: 'claude' });
  const join = async (): Promise<ClusterHub> => {
    const hub = await joinCluster(t, url, { settings });
    hubs.push(hub);
    return hub;
  };
  return { process, join };
};

const liveInstances = async (hub: Pick<ClusterHub, 'call'>): Promise<AnyBody[]> =>
  (await hub.call('GET', '/v1/instances?module=Processor')).body.items;

const ask = async (
  hub: Pick<ClusterHub | RunningHub, 'call'>,
  message: string,
  conversationId?: string,
): Promise<AnyBody> => {
  const payload = { message };
  const more = conversationId === undefined ? {} : { conversationId };
  return (await hub.call('POST', '/v1/messages?wait=60', { from: 'Producer', to: 'Processor', payload, ...more })).body;
};

test('a conversation stays with the hub that has its session while that lives, and is taken up by another when it is gone', async (t) => {
  const { runner, front, join } = await startHubs(t);
  const { reply, conversationId } = await ask(front, '[[say one]]');
  assert.equal(reply.payload.response, 'one');
  const second = await join(2);
  for (const word of ['two', 'three'])
    assert.equal((await ask(second, `[[say ${word}]]`, conversationId)).reply.payload.response, word);
  const { items } = (await front.call('GET', `/v1/turns?module=Processor`)).body;
  assert.equal(new Set(items.map(({ instanceId }: AnyBody) => instanceId)).size, 1);
  assert.equal((await second.call('GET', '/v1/stats')).body.instances, 0);

  await runner.stop();
  assert.equal((await ask(front, '[[say four]]', conversationId)).reply.payload.response, 'four');
  assert.equal((await second.call('GET', '/v1/stats')).body.instances, 1);
  assert.deepEqual([...front.errors, ...second.errors], []);
});

test('an instance of a conversation is started by the hub that has its session, whichever is asked', async (t) => {
  const { runner, front, join } = await startHubs(t);
  const { conversationId } = await ask(front, '[[say one]]');
  const [first] = await liveInstances(front);
  assert.equal((await front.call('DELETE', `/v1/instances/${first.id}`)).status, 204);
  const second = await join(2);
  const start = (body: object) => second.call('POST', '/v1/instances', { module: 'Processor', ...body });
  const started = await start({ conversationId });
  assert.deepEqual([started.status, started.body.conversationId], [201, conversationId]);
  const again = await start({ from: 'Producer' });
  assert.deepEqual([again.status, again.body.id], [200, started.body.id]);
  const instancesOf = async (hub: ClusterHub) => (await hub.call('GET', '/v1/stats')).body.instances;
  assert.deepEqual([await instancesOf(runner), await instancesOf(second)], [1, 0]);
  assert.equal((await ask(second, '[[say two]]', conversationId)).reply.payload.response, 'two');
  const refused = await start({ conversationId: 'conv_999' });
  assert.deepEqual([refused.status, refused.body.code], [404, 'conversation_not_found']);
});

test('a hub that comes back to run no agents leaves its conversations to those that do', async (t) => {
  const { runner, front, join } = await startHubs(t);
  const { conversationId } = await ask(front, '[[say one]]');
  await runner.stop();
  await join(0, { folder: runner.folder });
  const second = await join(2);
  assert.equal((await ask(second, '[[say two]]', conversationId)).reply.payload.response, 'two');
  const retold = await whenEvent(second, { types: 'conversation.retold', conversation: conversationId });
  assert.equal(retold.data.messages > 0, true);
});

test('a turn is watched, interrupted and its instance held by way of a hub that does not run it', async (t) => {
  const { front } = await startHubs(t);
  const stream = await openEventStream(t, `${front.url}/v1/events?types=turn.output&after=0`, { key: front.key });
  const asked = ask(front, '[[say begun]] [[hang]]');
  const [{ data }] = await stream.take(1);
  assert.match(data.text, /begun/);
  const { subject } = await whenEvent(front, { types: 'instance.started' });
  const path = `/v1/instances/${subject.instanceId}`;
  assert.equal((await front.call('GET', path)).body.state, 'busy');
  const interrupted = await front.call('POST', `${path}/interrupt`);
  assert.equal(interrupted.status, 200, JSON.stringify(interrupted.body));
  await asked;
  await whenEvent(front, { types: 'turn.interrupted' });
  assert.equal((await front.call('POST', `${path}/pause`)).body.state, 'paused');
  const refused = await front.call('POST', `${path}/interrupt`);
  assert.deepEqual([refused.status, refused.body.code], [409, 'state_conflict']);
  assert.equal((await front.call('DELETE', path)).status, 204);
  await eventually(async () => (await front.call('GET', path)).body.state === 'stopped');
});

test('what an agent asks at its hub is seen and answered at another, and withdrawn when its turn is interrupted there', async (t) => {
  const { front } = await startHubs(t);
  const sendAndWait = async (): Promise<{ id: string; approval: AnyBody }> => {
    const payload = { message: '[[tool Bash {"command":"touch made"}]]' };
    const { id } = await front.broker.send({ to: 'Processor', payload });
    await whenEvent(front, { types: 'approval.requested', message: id });
    const { items } = (await front.call('GET', '/v1/approvals?state=pending')).body;
    assert.deepEqual([items.length, items[0].messageId], [1, id]);
    return { id, approval: items[0] };
  };
  const first = await sendAndWait();
  const decided = await front.call('POST', `/v1/approvals/${first.approval.id}`, { decision: 'allow' });
  assert.deepEqual([decided.status, decided.body.state], [200, 'allowed']);
  const { body: reply } = await front.call('GET', `/v1/messages/${first.id}/reply?wait=30`);
  assert.equal(reply.payload.status, 'SUCCESS');

  const second = await sendAndWait();
  const [{ id }] = await liveInstances(front);
  assert.equal((await front.call('POST', `/v1/instances/${id}/interrupt`)).status, 200);
  await whenEvent(front, { types: 'approval.withdrawn', message: second.id });
  const { body: withdrawn } = await front.call('GET', `/v1/approvals/${second.approval.id}`);
  assert.deepEqual([withdrawn.state, withdrawn.decision], ['withdrawn', undefined]);
  const late = await front.call('POST', `/v1/approvals/${second.approval.id}`, { decision: 'allow' });
  assert.deepEqual([late.status, late.body.code], [409, 'approval_decided']);
});

test('a message that is cancelled at one hub interrupts its turn at another', async (t) => {
  const { front } = await startHubs(t);
  const { id } = await front.broker.send({ to: 'Processor', payload: { message: '[[hang]]' } });
  await whenEvent(front, { types: 'turn.started' });
  assert.equal(await front.broker.cancel(id), 1);
  await whenEvent(front, { types: 'turn.interrupted' });
});

test('a hub that starts beside another leaves its turns and its processes alone', async (t) => {
  const { process, join } = await startBeside(t);
  const payload = { message: '[[hang]]' };
  const { id } = (await process.call('POST', '/v1/messages', { from: 'Producer', to: 'Processor', payload })).body;
  await whenEvent(process, { types: 'turn.output', message: id });
  const second = await join();
  const [instance] = await liveInstances(second);
  assert.equal(instance.state, 'busy');
  const { items } = (await second.call('GET', `/v1/turns?message=${id}`)).body;
  assert.deepEqual(
    items.map(({ state }: AnyBody) => state),
    ['running'],
  );
});

test('when a hub is killed in a turn, another closes what it left and answers in its place', async (t) => {
  const { process, join } = await startBeside(t);
  const { conversationId } = await ask(process, '[[say one]]');
  const second = await join();
  const payload = { message: '[[slow 200ms x 10]]' };
  const { id } = (await process.call('POST', '/v1/messages', { from: 'Producer', to: 'Processor', payload })).body;
  await whenEvent(second, { types: 'turn.output', message: id });
  process.child.kill('SIGKILL');
  await process.ended;
  const interrupted = await whenEvent(second, { types: 'turn.interrupted', message: id });
  assert.equal(interrupted.data.error.code, 'hub_stopped');
  const { data } = await whenEvent(second, { types: 'turn.started', message: id, after: String(interrupted.seq) });
  assert.equal(data.attempt, 2);
  const { body: reply } = await second.call('GET', `/v1/messages/${id}/reply?wait=30`);
  assert.deepEqual([reply.payload.status, reply.conversationId], ['SUCCESS', conversationId]);
  const instances = await liveInstances(second);
  assert.deepEqual([instances.length, instances[0].conversationId], [1, conversationId]);
  const retold = await whenEvent(second, { types: 'conversation.retold' });
  assert.equal(retold.data.messages > 0, true);
  assert.deepEqual(second.errors, []);
});

test('a hub that was taken for lost and comes back leaves its conversation to the one that went on with it', async (t) => {
  const { process, join } = await startBeside(t);
  const { conversationId } = await ask(process, '[[say one]]');
  const second = await join();
  const [warm] = await liveInstances(second);
  process.child.kill('SIGSTOP');
  await whenEvent(second, { types: 'hub.lost' });
  assert.equal((await ask(second, '[[say two]]', conversationId)).reply.payload.response, 'two');
  process.child.kill('SIGCONT');
  const nodes = async (): Promise<AnyBody[]> => (await second.call('GET', '/v1/nodes')).body.items;
  await eventually(async () => (await nodes()).every(({ state }) => state === 'live'));
  assert.equal((await ask(process, '[[say three]]', conversationId)).reply.payload.response, 'three');
  const instances = await liveInstances(second);
  assert.deepEqual([instances.length, instances[0].conversationId], [1, conversationId]);
  assert.notEqual(instances[0].id, warm.id);
  await eventually(async () => !existsSync(`/proc/${warm.pid}`));
  const { items } = (await second.call('GET', '/v1/turns?module=Processor')).body;
  assert.deepEqual(
    items.map(({ instanceId }: AnyBody) => instanceId === warm.id),
    [false, false, true],
  );
});

test('a turn is traced by the hub that runs it, and by no other', async (t) => {
  const receiver = await startTraceReceiver(t);
  const { runner, front } = await startHubs(t, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  await ask(front, '[[say one]]');
  await Promise.all([runner, front].map(({ stop }) => stop()));
  assert.equal(receiver.spans.filter(({ name }) => name === 'turn').length, 1);
});
