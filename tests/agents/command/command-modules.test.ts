import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { findTagged } from '../../../src/agents/leftovers.js';
import { eventually } from '../../support/eventually.js';
import { startHubProcess } from '../../support/hub-process.js';
import {
  type Answer,
  FakeClock,
  request,
  startTestHub,
  type TestHub,
  type TestHubOptions,
} from '../../support/test-hub.js';
import { whenEvent } from '../../support/when-event.js';
import { fixture } from './start-command.js';

type Caller = Pick<TestHub, 'call' | 'url' | 'key'>;

const putCommand = (hub: Caller, command: readonly string[], settings: object = {}): Promise<Answer> =>
  hub.call('PUT', '/v1/modules/Worker', { runtime: { type: 'command', command, ...settings } });

/** A hub with a Producer, and a Worker for which it runs this program. */
const startScene = async (t: TestContext, command: readonly string[], options: TestHubOptions = {}) => {
  const hub = await startTestHub(t, options);
  await hub.call('PUT', '/v1/modules/Producer', {});
  assert.equal((await putCommand(hub, command)).status, 201);
  return hub;
};

const message = (fields: object = {}) => ({ from: 'Producer', to: 'Worker', type: 'task', payload: {}, ...fields });
const send = async (hub: Caller, fields: object = {}) => (await hub.call('POST', '/v1/messages', message(fields))).body;

/** The payload of the reply. */
const ask = async (hub: Caller, payload: unknown = {}) => {
  const { status, body } = await hub.call('POST', '/v1/messages?wait=30', message({ payload }));
  assert.equal(status, 200);
  return body.reply.payload;
};

const deliveryOf = async (hub: Caller, id: string) => (await hub.call('GET', `/v1/messages/${id}`)).body.deliveries[0];
const afterEvent = async (hub: Caller, id: string, type: string) => {
  await whenEvent(hub, { message: id, types: `delivery.${type}` });
  return await deliveryOf(hub, id);
};
const statusOf = async (hub: Caller) => (await hub.call('GET', '/v1/modules/Worker')).body.status;

const epochOf = async (hub: Caller): Promise<string> => (await hub.call('GET', '/v1/stats')).body.epoch;
/** The processes of a hub, agents and what they have started. */
const runningOf = async (epoch: string): Promise<number[]> =>
  (await findTagged((tag) => tag.startsWith(epoch))).processes.map(({ pid }) => pid);

test('a program is started at its first delivery, answers it, and goes on with the next', async (t) => {
  const hub = await startScene(t, fixture('tells-itself'));
  const epoch = await epochOf(hub);
  assert.deepEqual(await runningOf(epoch), []);
  const first = await ask(hub);
  const second = await ask(hub);
  assert.equal(first.pid, second.pid);
  assert.deepEqual(await runningOf(epoch), [first.pid]);
  assert.equal(first.cwd, process.cwd());
});

test('the reply of a program is the reply, with its type', async (t) => {
  const hub = await startScene(t, fixture('echoes'));
  const { body } = await hub.call('POST', '/v1/messages?wait=30', message({ payload: [1, 'zwei'] }));
  assert.deepEqual([body.reply.type, body.reply.from, body.reply.payload], ['echo', 'Worker', { echo: [1, 'zwei'] }]);
});

test('a reply that a program is given is done without a further one', async (t) => {
  const hub = await startScene(t, fixture('echoes'));
  await hub.call('PUT', '/v1/modules/Puller', {});
  const question = await send(hub, { from: 'Worker', to: 'Puller' });
  const reply = (await hub.call('POST', `/v1/messages/${question.id}/reply`, { from: 'Puller', payload: 1 })).body;
  assert.equal((await afterEvent(hub, reply.id, 'completed')).state, 'done');
  assert.equal((await hub.call('GET', `/v1/messages/${reply.id}/reply`)).status, 204);
});

test('an error of a program is tried again, unless it says that this is no use', async (t) => {
  const hub = await startScene(t, fixture('says-payload'));
  const error = { code: 'no_batch', message: 'There is no batch.' };
  const answer = (fields: object) => ({ payload: JSON.stringify({ deliveryId: 'ID', error, ...fields }) });
  const again = await afterEvent(hub, (await send(hub, answer({}))).id, 'retried');
  const final = await afterEvent(hub, (await send(hub, answer({ retryable: false }))).id, 'died');
  assert.deepEqual([again.state, again.error], ['pending', error]);
  assert.deepEqual([final.state, final.attempt, final.error], ['dead', 1, error]);
});

test('a program gets one delivery at a time, or as many as its descriptor says', async (t) => {
  const hub = await startScene(t, fixture('answers-in-pairs'));
  const first = await send(hub);
  await whenEvent(hub, { message: first.id, types: 'delivery.claimed' });
  const second = await send(hub);
  const { pending, leased } = (await hub.call('GET', '/v1/stats')).body.messages;
  assert.deepEqual([pending, leased], [1, 1]);
  // The program that it keeps from its pair makes way when nobody waits for its answer.
  await hub.call('POST', `/v1/messages/${first.id}/cancel`);
  await putCommand(hub, fixture('answers-in-pairs'), { concurrency: 2 });
  await ask(hub);
  assert.equal((await afterEvent(hub, second.id, 'completed')).attempt, 1);
});

test('several at once are answered in the order in which they are done', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Producer', {});
  await putCommand(hub, fixture('answers-in-pairs'), { concurrency: 2 });
  const [one, two] = await Promise.all([ask(hub, 'one'), ask(hub, 'two')]);
  assert.deepEqual([one.echo, two.echo], ['one', 'two']);
  assert.equal(one.pid, two.pid);
});

test('what was cancelled keeps its place until the program has answered, and its answer does no harm', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Producer', {});
  await putCommand(hub, fixture('answers-in-pairs'), { concurrency: 2 });
  const cancelled = await send(hub);
  await whenEvent(hub, { message: cancelled.id, types: 'delivery.claimed' });
  await hub.call('POST', `/v1/messages/${cancelled.id}/cancel`);
  const { pid } = await ask(hub);
  assert.equal((await deliveryOf(hub, cancelled.id)).state, 'cancelled');
  const [next] = await Promise.all([ask(hub), ask(hub)]);
  assert.equal(next.pid, pid);
});

test('what a program held when it crashed is tried again with a new one, and says what came last on stderr', async (t) => {
  const hub = await startScene(t, fixture('crashes-at-first'));
  const { id } = await send(hub);
  const { error } = await afterEvent(hub, id, 'retried');
  assert.deepEqual(error, { code: 'agent_crashed', message: 'The agent exited with code 3: out of luck' });
  const done = await afterEvent(hub, id, 'completed');
  assert.equal(done.attempt, 2);
  assert.deepEqual(hub.errors, []);
});

test('a program that does not answer in time is ended, and the delivery tried again', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Producer', {});
  await putCommand(hub, fixture('never-answers'), { timeoutSeconds: 0.3 });
  const { error } = await afterEvent(hub, (await send(hub)).id, 'retried');
  assert.equal(error.code, 'agent_timed_out');
  const epoch = await epochOf(hub);
  await eventually(async () => (await runningOf(epoch)).length === 0);
});

test('a program that is not there spends no attempt: the delivery waits, and the module is stale', async (t) => {
  const hub = await startScene(t, ['no-such-program']);
  const { id } = await send(hub);
  await eventually(async () => (await statusOf(hub)) === 'stale');
  const { state, attempt } = await deliveryOf(hub, id);
  assert.deepEqual([state, attempt], ['pending', 0]);
  await putCommand(hub, fixture('echoes'));
  assert.equal((await afterEvent(hub, id, 'completed')).attempt, 1);
  assert.equal(await statusOf(hub), 'active');
});

test('a program that ends in order after its work is started again without a rest', async (t) => {
  const hub = await startScene(t, fixture('ends-after-each'), { clock: new FakeClock() });
  const epoch = await epochOf(hub);
  const first = await ask(hub);
  await eventually(async () => (await runningOf(epoch)).length === 0);
  const second = await ask(hub);
  assert.notEqual(second, first);
});

test('a changed descriptor starts the program anew, when it has finished what it holds', async (t) => {
  const hub = await startScene(t, fixture('tells-itself'));
  const before = await ask(hub);
  await putCommand(hub, fixture('tells-itself', 'again'), { environment: { MODE: 'new' } });
  const after = await ask(hub);
  assert.deepEqual([after.arguments, after.environment.MODE], [['again'], 'new']);
  assert.notEqual(after.pid, before.pid);
  assert.deepEqual(await runningOf(await epochOf(hub)), [after.pid]);
});

test('a module that is removed, or served otherwise from now on, leaves no program', async (t) => {
  const hub = await startScene(t, fixture('tells-itself'));
  const epoch = await epochOf(hub);
  await ask(hub);
  await hub.call('PUT', '/v1/modules/Worker', { runtime: 'pull' });
  await eventually(async () => (await runningOf(epoch)).length === 0);
  await putCommand(hub, fixture('never-answers'));
  const { id } = await send(hub);
  await whenEvent(hub, { message: id, types: 'delivery.claimed' });
  await hub.call('DELETE', '/v1/modules/Worker?force=true');
  await eventually(async () => (await runningOf(epoch)).length === 0);
  assert.deepEqual(hub.errors, []);
});

test('the environment of a program is that of the hub without its settings, with a tag of the hub', async (t) => {
  const settings = { GRANGER_ADMIN_KEY: 'a-very-private-key', PATH: process.env.PATH ?? '', LANG: 'C' };
  const hub = await startScene(t, fixture('tells-itself'), { settings });
  await putCommand(hub, fixture('tells-itself'), { environment: { MODE: 'test' } });
  const { environment } = await ask(hub);
  const names = Object.keys(environment).filter((name) => name.startsWith('GRANGER_'));
  assert.deepEqual(names, ['GRANGER_INSTANCE']);
  assert.ok(environment.GRANGER_INSTANCE.startsWith(`${await epochOf(hub)}.`));
  assert.deepEqual([environment.MODE, environment.LANG], ['test', 'C']);
});

test('values of the environment are shown to nobody', async (t) => {
  const hub = await startTestHub(t);
  const put = await putCommand(hub, fixture('echoes'), { environment: { TOKEN: 'very-private' } });
  assert.deepEqual(put.body.runtime.environment, { TOKEN: '***' });
  for (const path of ['/v1/modules', '/v1/modules/Worker', '/v1/events?after=0'])
    assert.doesNotMatch(JSON.stringify((await hub.call('GET', path)).body), /very-private/);
  const again = await putCommand(hub, fixture('echoes'), put.body.runtime);
  assert.deepEqual([again.status, again.body.errors[0].pointer], [400, '/runtime/environment/TOKEN']);
});

test('only an admin key may give the hub a program to run', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Worker', {});
  const { key } = (await hub.call('POST', '/v1/modules/Worker/keys', {})).body;
  const runtime = { type: 'command', command: fixture('echoes') };
  for (const method of ['PUT', 'PATCH']) {
    const { status, body } = await request(`${hub.url}/v1/modules/Worker`, { method, key, body: { runtime } });
    assert.deepEqual([status, body.code], [403, 'forbidden']);
  }
});

test('a hub that stops ends its programs and what they have started, and gives back untried what they hold', async (t) => {
  const hub = await startScene(t, fixture('leaves-a-child'), { settings: { GRANGER_DRAIN_SECONDS: '0' } });
  const epoch = await epochOf(hub);
  await ask(hub);
  assert.equal((await runningOf(epoch)).length, 2);
  await hub.call('PUT', '/v1/modules/Silent', { runtime: { type: 'command', command: fixture('never-answers') } });
  const { id } = await send(hub, { to: 'Silent' });
  await whenEvent(hub, { message: id, types: 'delivery.claimed' });
  await hub.stop();
  assert.deepEqual(await runningOf(epoch), []);
  const again = await startTestHub(t, { folder: hub.folder, settings: { GRANGER_DRAIN_SECONDS: '0' } });
  await whenEvent(again, { message: id, types: 'delivery.released' });
  assert.deepEqual(hub.errors, []);
});

test('the program of a hub that was killed, and what it has started, are ended by the next', async (t) => {
  const killed = await startHubProcess(t);
  await killed.call('PUT', '/v1/modules/Producer', {});
  await putCommand(killed, fixture('leaves-a-child'));
  const epoch = await epochOf(killed);
  const { child } = await ask(killed);
  killed.child.kill('SIGKILL');
  await killed.ended;
  assert.ok((await runningOf(epoch)).includes(child));
  await startTestHub(t, { folder: killed.folder });
  assert.deepEqual(await runningOf(epoch), []);
});
