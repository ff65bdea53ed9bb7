import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '../support/test-hub.js';
import { agentPids, fixtureAgent, startAgentHub } from './agent-hub.js';

const FATE =
  'turn.started,turn.failed,turn.interrupted,turn.succeeded,delivery.retried,delivery.died,delivery.completed';

test('where the program is not installed, the sender is told at once', async (t) => {
  const hub = await startAgentHub(t, { program: '/no/such/claude' });
  const sent = await hub.ask('Are you there?');
  const { status, error, response, usage } = sent.reply.payload;
  assert.deepEqual([status, error.code, response, usage.outputTokens], ['ERROR', 'agent_not_installed', '', 0]);
  assert.match(error.message, /no\/such\/claude is not installed/);
  const [delivery] = (await hub.get(`/v1/messages/${sent.id}`)).deliveries;
  assert.deepEqual([delivery.state, delivery.attempt, delivery.error], ['dead', 1, error]);
  const types = (await hub.events({ types: FATE, message: sent.id })).map(({ type }) => type);
  assert.deepEqual(types, ['turn.started', 'turn.failed', 'delivery.died']);
  assert.equal((await hub.call('GET', '/livez')).status, 200);
  assert.deepEqual(hub.errors, []);
});

test('a working folder that is not there is final too, and is told apart', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { cwd: join(hub.folder, 'missing') });
  assert.equal((await hub.ask('Are you there?')).reply.payload.error.code, 'agent_cwd_missing');
});

test('what the API refuses is refused for good, and the process serves the next message', async (t) => {
  const hub = await startAgentHub(t);
  const refused = await hub.ask('[[fail 400]]');
  assert.deepEqual([refused.reply.payload.status, refused.reply.payload.error.code], ['ERROR', 'api_400']);
  assert.equal(refused.deliveries[0].state, 'dead');
  assert.equal((await hub.ask('[[say fine]]')).reply.payload.response, 'fine');
  const [later, earlier] = (await hub.get('/v1/turns')).items;
  assert.equal(later.instanceId, earlier.instanceId);
});

test('an API that is overloaded is tried again by the CLI, and then by the hub, with no attempt spent', async (t) => {
  const hub = await startAgentHub(t);
  const sent = await hub.send('[[fail 529]]');
  const { data } = await hub.when({ types: 'turn.retrying', message: sent.id });
  assert.deepEqual([data.retry, data.maxRetries, data.status], [1, 1, 529]);
  assert.equal((await hub.when({ types: 'turn.failed', message: sent.id })).data.error.code, 'api_529');
  await hub.when({ types: 'delivery.released', message: sent.id });
  assert.equal((await hub.get(`/v1/messages/${sent.id}`)).reply, undefined);
});

test('a rate limit that is soon over is waited out by the CLI, and told as a retry', async (t) => {
  const hub = await startAgentHub(t);
  const { id, reply } = await hub.ask('[[fail 429 retry-after 1 x 1]] [[say at last]]');
  assert.deepEqual([reply.payload.status, reply.payload.response], ['SUCCESS', 'at last']);
  const { data } = await hub.when({ types: 'turn.retrying', message: id });
  assert.deepEqual([data.retry, data.status], [1, 429]);
  assert.deepEqual(await hub.events({ types: 'lane.paused' }), []);
});

test('a rate limit that stays pauses the lane, and the message waits with no attempt spent', async (t) => {
  const hub = await startAgentHub(t);
  const { id } = await hub.send('[[fail 429]]');
  assert.equal((await hub.when({ types: 'turn.failed', message: id })).data.error.code, 'api_429');
  await hub.when({ types: 'delivery.released', message: id });
  assert.equal((await hub.when({ types: 'lane.paused' })).data.reason.includes('429'), true);
  const [delivery] = (await hub.get(`/v1/messages/${id}`)).deliveries;
  assert.deepEqual([delivery.state, delivery.attempt], ['pending', 0]);
});

test('when no attempt is left, the last error is the reply', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('exits-mid-turn') });
  const sent = await hub.ask('Say something', { maxAttempts: 2 });
  const { status, error } = sent.reply.payload;
  assert.deepEqual([status, error.code], ['ERROR', 'agent_crashed']);
  assert.match(error.message, /code 3: out of luck/);
  const types = (await hub.events({ types: FATE, message: sent.id })).map(({ type }) => type);
  const attempt = ['turn.started', 'turn.failed'];
  assert.deepEqual(types, [...attempt, 'delivery.retried', ...attempt, 'delivery.died']);
  assert.deepEqual(hub.errors, []);
});

test('a process that is killed in a turn is resumed, and what it says starts anew', async (t) => {
  const hub = await startAgentHub(t);
  await hub.ask('[[say before]]');
  const sent = await hub.send('[[slow 100ms x 8]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  const [pid] = await agentPids(hub);
  process.kill(pid!, 'SIGKILL');
  const reply = await hub.call('GET', `/v1/messages/${sent.id}/reply?wait=30`);
  assert.equal(reply.body.payload.status, 'SUCCESS');
  const events = await hub.events({ types: FATE, message: sent.id });
  assert.deepEqual(
    events.map(({ type, data }) => [type, data.attempt]),
    [
      ['turn.started', 1],
      ['turn.failed', 1],
      ['delivery.retried', 1],
      ['turn.started', 2],
      ['turn.succeeded', 2],
      ['delivery.completed', 2],
    ],
  );
  const [first, second] = await hub.events({ types: 'instance.started' });
  assert.deepEqual([second.data.resumed, second.data.sessionId], [true, first.data.sessionId]);
  assert.match((await hub.when({ types: 'instance.crashed' })).data.reason, /SIGKILL/);
  const [again, killed] = (await hub.get(`/v1/turns?message=${sent.id}`)).items;
  assert.deepEqual([killed.costUsd, events[1].data.costUsd], [undefined, undefined], 'what it had cost is not known');
  assert.ok(again.costUsd > 0 && events[4].data.costUsd > 0);
  const output = await hub.get(`/v1/turns/${reply.body.payload.turnId}/output`);
  assert.deepEqual([output.pieces[0].offset, output.text], [0, reply.body.payload.response]);
});

test('a session whose file is gone is replaced by a new one, at no cost to the message', async (t) => {
  const hub = await startAgentHub(t);
  await hub.ask('[[say one]]');
  await hub.registerAgent('Processor', {}, { description: 'Needs a new process' });
  const projects = join(hub.claude.configDir, 'projects');
  for (const project of await readdir(projects)) await rm(join(projects, project), { recursive: true });
  const { reply, deliveries } = await hub.ask('[[say two]]');
  assert.deepEqual([reply.payload.status, reply.payload.response, deliveries[0].state], ['SUCCESS', 'two', 'done']);
  const started = await hub.events({ types: 'instance.started' });
  assert.deepEqual(
    started.map(({ data }) => data.resumed),
    [false, true, false],
  );
  assert.notEqual(started[2].data.sessionId, started[1].data.sessionId);
  assert.match((await hub.when({ types: 'instance.crashed' })).data.reason, /No conversation found/);
  await hub.ask('[[say three]]');
  assert.equal((await hub.events({ types: 'instance.started' })).length, 3);
});

test('a program that prints garbage is stopped, and the message is tried again with another', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('spits-invalid-line') });
  const sent = await hub.ask('Hello', { maxAttempts: 2 });
  assert.equal(sent.reply.payload.error.code, 'agent_protocol_error');
  const turns = (await hub.get('/v1/turns')).items;
  assert.notEqual(turns[0].instanceId, turns[1].instanceId);
});

test('a turn that takes too long is interrupted and tried again', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { timeoutSeconds: 1 });
  const sent = await hub.send('[[hang]]');
  const { data, subject } = await hub.when({ types: 'turn.failed', message: sent.id });
  assert.equal(data.error.code, 'turn_timed_out');
  await hub.when({ types: 'delivery.retried', message: sent.id });
  assert.equal((await hub.get(`/v1/turns/${subject.turnId}`)).state, 'timed_out');
});

test('a program that does not end its turn when it is asked to is ended itself', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('hears-only-its-end') });
  await hub.registerAgent('Processor', { timeoutSeconds: 1 });
  const sent = await hub.ask('Hello', { maxAttempts: 1 });
  assert.equal(sent.reply.payload.error.code, 'turn_timed_out');
  assert.match((await hub.when({ types: 'instance.stopped' })).data.reason, /did not end/);
  assert.deepEqual(await agentPids(hub), []);
});

test('a message that is cancelled interrupts its turn and has no reply, and the process goes on', async (t) => {
  const hub = await startAgentHub(t);
  const sent = await hub.send('[[hang]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  assert.deepEqual((await hub.call('POST', `/v1/messages/${sent.id}/cancel`, {})).body, { cancelled: 1 });
  const { data } = await hub.when({ types: 'turn.interrupted', message: sent.id });
  assert.equal(data.reason, 'cancelled');
  const reply = await hub.call('GET', `/v1/messages/${sent.id}/reply?wait=1`);
  assert.deepEqual([reply.status, reply.body.code], [409, 'no_reply_coming']);
  await hub.ask('[[say fine]]');
  const [later, earlier] = (await hub.get('/v1/turns')).items;
  assert.equal(later.instanceId, earlier.instanceId);
  assert.deepEqual([earlier.state, earlier.stopReason], ['interrupted', 'cancelled']);
});

test('a message that is cancelled before its process is there never reaches the agent', async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_AGENTS_MAX: '1' } });
  await hub.ask('[[say one]]');
  const sent = await hub.send('[[say never]]', { conversationId: 'another' });
  await hub.when({ types: 'turn.started', message: sent.id });
  await hub.call('POST', `/v1/messages/${sent.id}/cancel`, {});
  const { data } = await hub.when({ types: 'turn.interrupted', message: sent.id });
  assert.equal(data.reason, 'cancelled');
  assert.deepEqual(
    hub.claude.api.requests.filter(({ prompt }) => prompt.includes('never')),
    [],
  );
});

test('a turn that has lost its lease gives way to the next attempt, and there is one reply', async (t) => {
  const clock = new FakeClock();
  const hub = await startAgentHub(t, { clock });
  const sent = await hub.send('[[slow 100ms x 8]]');
  await hub.when({ types: 'turn.output', message: sent.id });
  clock.advance(61_000);
  await hub.when({ types: 'delivery.retried', message: sent.id });
  clock.advance(2000);
  await hub.when({ types: 'turn.succeeded', message: sent.id });
  const turns = await hub.events({ types: 'turn.interrupted,turn.succeeded', message: sent.id });
  assert.deepEqual(
    turns.map(({ data }) => [data.attempt, data.reason]),
    [
      [1, 'lease_lost'],
      [2, undefined],
    ],
  );
  const { items } = await hub.get(`/v1/messages?from=Processor`);
  assert.equal(items.length, 1);
  assert.deepEqual(hub.errors, []);
});

test('a turn that costs more than its agent may spend fails for good, and its process is not kept', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { maxBudgetUsd: 0.0001 });
  const { reply, deliveries } = await hub.ask('[[tool Bash {"command":"true"}]][[say done]]');
  assert.deepEqual([reply.payload.error.code, deliveries[0].state], ['error_max_budget_usd', 'dead']);
  assert.equal((await hub.when({ types: 'instance.stopped' })).data.reason, 'its budget is spent');
});
