import assert from 'node:assert/strict';
import { chmod, cp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { FakeClock, makeFolder } from '../support/test-hub.js';
import { type AgentHub, type AnyBody, agentPids, fixtureAgent, startAgentHub } from './agent-hub.js';

const idleSpares = async (hub: AgentHub): Promise<AnyBody[]> =>
  (await hub.get('/v1/instances?state=idle')).items.filter((each: AnyBody) => each.conversationId === undefined);

test('as many spares as an agent asks for are ready, and one that is taken is replaced', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { prewarm: 1 });
  await eventually(async () => (await idleSpares(hub)).length === 1);
  const [spare] = await idleSpares(hub);
  await hub.ask('[[say hello]]');
  assert.equal((await hub.get('/v1/turns')).items[0].instanceId, spare.id);
  await eventually(async () => (await idleSpares(hub)).length === 1);
  assert.equal((await hub.get('/v1/instances')).items.length, 2);
  assert.deepEqual(hub.errors, []);
});

test('spares take free places only, and make room for turns', async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_AGENTS_MAX: '2' } });
  await hub.registerAgent('Processor', { prewarm: 5 });
  await eventually(async () => (await idleSpares(hub)).length === 2);
  for (const conversationId of ['a', 'b', 'c'])
    assert.equal((await hub.ask('[[say hello]]', { conversationId })).reply.payload.status, 'SUCCESS');
  assert.ok((await agentPids(hub)).length <= 2);
});

test('spares of a module that has changed are replaced', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { prewarm: 1 });
  await eventually(async () => (await idleSpares(hub)).length === 1);
  const [old] = await idleSpares(hub);
  await hub.registerAgent('Processor', { prewarm: 1 }, { systemPrompt: 'Answer in verse.' });
  await eventually(async () => (await idleSpares(hub)).some(({ id }) => id !== old.id));
  assert.equal((await hub.get(`/v1/instances/${old.id}`)).state, 'stopped');
  await hub.ask('[[say hello]]');
  assert.match(JSON.stringify(hub.claude.api.requests.at(-1)?.body?.system), /Answer in verse\./);
});

const rule = (text: string) => ({ extends: 'system', parts: [{ name: 'house', text }] });
const lastSystem = (hub: AgentHub): string => JSON.stringify(hub.claude.api.requests.at(-1)?.body?.system);

test('spares with a system prompt of before are not taken by a conversation, and are replaced', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { prewarm: 1 });
  await eventually(async () => (await idleSpares(hub)).length === 1);
  const [old] = await idleSpares(hub);
  await hub.call('PUT', '/v1/templates/system', rule('Answer in verse.'));
  await hub.ask('[[say hello]]');
  assert.match(lastSystem(hub), /Answer in verse\./);
  assert.notEqual((await hub.get('/v1/turns')).items[0].instanceId, old.id);
  await eventually(async () => (await hub.get(`/v1/instances/${old.id}`)).state === 'stopped');
  await eventually(async () => (await idleSpares(hub)).length === 1);
});

test('a warm conversation goes on with its session in a process that has the new system prompt, and only then', async (t) => {
  const hub = await startAgentHub(t);
  const instanceOf = async (word: string) => {
    await hub.ask(`[[say ${word}]]`);
    return (await hub.get('/v1/turns')).items[0].instanceId;
  };
  const first = await instanceOf('one');
  await hub.call('PUT', '/v1/templates/query', { extends: 'query', parts: [{ name: 'end', text: 'Thank you.' }] });
  await hub.call('PUT', '/v1/templates/other-system', rule('For others.'));
  assert.equal(await instanceOf('two'), first, 'what it was started with is the same');
  await hub.call('PUT', '/v1/templates/system', rule('Answer in verse.'));
  const third = await instanceOf('three');
  assert.notEqual(third, first);
  assert.match(lastSystem(hub), /Answer in verse\./);
  assert.match(JSON.stringify(hub.claude.api.requests.at(-1)?.body?.messages), /\[\[say one\]\]/);
  assert.equal(await instanceOf('four'), third);
  await hub.call('DELETE', '/v1/templates/system');
  await instanceOf('five');
  assert.doesNotMatch(lastSystem(hub), /Answer in verse\./);
});

test('a process that has done its turns gives way to another, which goes on with its session', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { recycleAfterTurns: 2 });
  for (const word of ['one', 'two', 'three']) await hub.ask(`[[say ${word}]]`);
  const [third, second, first] = (await hub.get('/v1/turns')).items;
  assert.deepEqual([first.instanceId === second.instanceId, second.instanceId === third.instanceId], [true, false]);
  assert.match((await hub.when({ types: 'instance.stopped' })).data.reason, /2 turns/);
  assert.match(JSON.stringify(hub.claude.api.requests.at(-1)?.body?.messages), /\[\[say one\]\]/);
});

test('a process that holds too much memory is ended when it is idle', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { memoryLimitMb: 32 });
  await hub.ask('[[say hello]]');
  assert.match((await hub.when({ types: 'instance.stopped' })).data.reason, /it holds \d+ MB/);
});

test('a process that nobody uses is ended after the time that its module gives it', async (t) => {
  const clock = new FakeClock();
  const hub = await startAgentHub(t, { clock });
  await hub.registerAgent('Processor', { idleSeconds: 20 });
  await hub.ask('[[say hello]]');
  clock.advance(20_000);
  assert.equal((await hub.when({ types: 'instance.stopped' })).data.reason, 'nobody used it');
});

test('where memory for one more is missing an idle process makes room, however many there may be', async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_AGENTS_MEMORY_MB: '100' } });
  for (const conversationId of ['a', 'b'])
    assert.equal((await hub.ask('[[say hello]]', { conversationId })).reply.payload.status, 'SUCCESS');
  assert.equal((await hub.when({ types: 'instance.stopped' })).data.reason, 'it made room for another');
  assert.equal((await agentPids(hub)).length, 1);
});

test('where a process does not start its turns wait with no attempt spent, and go on when it does', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('starts-at-third') });
  const sent = await hub.ask('Are you there?', { maxAttempts: 1 });
  assert.equal(sent.reply.payload.response, 'here');
  const [delivery] = (await hub.get(`/v1/messages/${sent.id}`)).deliveries;
  assert.deepEqual([delivery.state, delivery.attempt], ['done', 1]);
  const turns: AnyBody[] = (await hub.get('/v1/turns')).items;
  assert.deepEqual(
    turns.map(({ state, attempt }) => [state, attempt]),
    [
      ['succeeded', 1],
      ['failed', 1],
      ['failed', 1],
    ],
  );
  assert.equal((await hub.events({ types: 'delivery.released' })).length, 2);
});

test('an agent whose processes do not start says so in its health, and its messages stay', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('exits-at-once') });
  const sent = await hub.send('Are you there?');
  await hub.when({ types: 'delivery.released', message: sent.id });
  const { breaker } = await hub.get('/v1/modules/Processor/health');
  assert.match(breaker.reason, /exited with code 1/);
  assert.deepEqual([['open', 'half_open'].includes(breaker.state), breaker.failures > 0], [true, true]);
  const [delivery] = (await hub.get(`/v1/messages/${sent.id}`)).deliveries;
  assert.notEqual(delivery.state, 'dead');
});

test('a program that was there and is missing is taken to be coming back', async (t) => {
  const folder = await makeFolder(t);
  const program = join(folder, 'agent.mjs');
  const install = async () => {
    await cp(fixtureAgent('prints-environment'), program);
    await chmod(program, 0o755);
  };
  await install();
  const hub = await startAgentHub(t, { program });
  await hub.ask('What do you see?', { conversationId: 'a' });
  await rm(program);
  const sent = await hub.send('And now?', { conversationId: 'b', maxAttempts: 1 });
  await hub.when({ types: 'delivery.released', message: sent.id });
  await install();
  await hub.when({ types: 'turn.succeeded', message: sent.id });
});

test('a process that hangs before it says a word is a start that failed, with no attempt spent', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('hangs') });
  await hub.registerAgent('Processor', { phaseSeconds: { spawning: 1 } });
  const sent = await hub.send('Are you there?', { maxAttempts: 1 });
  await hub.when({ types: 'delivery.released', message: sent.id });
  const { breaker } = await hub.get('/v1/modules/Processor/health');
  assert.match(breaker.reason, /1 s while its process started/);
});

test('where the system cannot start a process now its turn waits, with no attempt spent', async (t) => {
  const program = join(await makeFolder(t), 'agent.mjs');
  await cp(fixtureAgent('prints-environment'), program);
  const writing = await open(program, 'r+');
  const hub = await startAgentHub(t, { program });
  const sent = await hub.send('What do you see?', { maxAttempts: 1 });
  await hub.when({ types: 'delivery.released', message: sent.id });
  await writing.close();
  await hub.when({ types: 'turn.succeeded', message: sent.id });
});
