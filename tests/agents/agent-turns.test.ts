import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnyBody, agentPids, fixtureAgent, startAgentHub } from './agent-hub.js';

const batch = [...Array(10).keys()];

test('a message to an agent is answered with a reply that says who, when, what and at which cost', async (t) => {
  const hub = await startAgentHub(t);
  const payload = { message: 'Please process this data batch', batch };
  const sent = await hub.ask(payload, { type: 'task.process' });
  const { reply } = sent;
  assert.deepEqual(
    [reply.type, reply.from, reply.to, reply.replyTo],
    ['task.process.response', 'Processor', 'Producer', sent.id],
  );
  assert.equal(reply.conversationId, sent.conversationId);
  const { timestamp, usage, costUsd, turnId, ...rest } = reply.payload;
  assert.deepEqual(rest, {
    source: 'Producer',
    target: 'Processor',
    message: 'Please process this data batch',
    response: 'I processed the batch: count 10, sum 45, min 0, max 9.',
    status: 'SUCCESS',
  });
  assert.equal(new Date(timestamp).toISOString(), timestamp);
  assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0 && costUsd > 0);

  const details = await hub.get(`/v1/messages/${sent.id}`);
  assert.deepEqual([details.deliveries[0].state, details.deliveries[0].attempt], ['done', 1]);
  const { turn } = details;
  assert.deepEqual([turn.id, turn.state, turn.attempt, turn.costUsd], [turnId, 'succeeded', 1, costUsd]);
  assert.ok(0 <= turn.queueMs && turn.firstTokenMs <= turn.totalMs);
  assert.deepEqual(await hub.get(`/v1/turns/${turnId}`), { ...turn, toolCalls: [] });
  assert.deepEqual(hub.errors, []);
});

test('a second message of the same sender goes to the same warm process, which remembers the first', async (t) => {
  const hub = await startAgentHub(t);
  const first = await hub.ask('[[say one]]');
  const second = await hub.ask('[[say two]]');
  assert.equal(second.conversationId, first.conversationId);
  const [later, earlier] = (await hub.get('/v1/turns')).items;
  assert.equal(later.instanceId, earlier.instanceId);
  assert.match(JSON.stringify(hub.claude.api.requests.at(-1)?.body?.messages), /\[\[say one\]\]/);
  assert.ok(later.costUsd < 2 * earlier.costUsd, 'a turn costs its own share of what the process has spent');
  assert.equal((await agentPids(hub)).length, 1);
});

test('the agent is told who it is, who asks and what is data', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', {}, { description: 'Counts numbers', systemPrompt: 'Be brief.' });
  await hub.ask({ message: 'Count', batch }, { type: 'task.count' });
  const { prompt, body } = hub.claude.api.requests.at(-1)!;
  assert.match(
    prompt,
    /^Producer says of itself: Produces batches of numbers\n\nMessage \w+ of type task\.count from Producer:\n\nCount\n\nData:\n<data>\n\{"batch":/,
  );
  assert.match(JSON.stringify(body?.system), /You are Processor, a module of a hub.*Counts numbers.*Be brief\./);
});

test('a system prompt may be longer than an argument of a program', async (t) => {
  const hub = await startAgentHub(t);
  const systemPrompt = `${'Be brief. '.repeat(15_000)}The end.`;
  await hub.registerAgent('Processor', {}, { systemPrompt });
  assert.equal((await hub.ask('[[say fine]]')).reply.payload.response, 'fine');
  const system = JSON.stringify(hub.claude.api.requests.at(-1)?.body?.system);
  assert.match(system, /You are Processor/);
  assert.ok(system.includes(systemPrompt));
});

test('with a conversation for each message, every message has a process and a session of its own', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', { conversation: 'message' });
  const [first, second] = await Promise.all([hub.ask('[[say one]]'), hub.ask('[[say two]]')]);
  assert.notEqual(first.conversationId, second.conversationId);
  const turns = (await hub.get('/v1/turns')).items;
  assert.notEqual(turns[0].instanceId, turns[1].instanceId);
  assert.deepEqual([first.reply.payload.response, second.reply.payload.response], ['one', 'two']);
});

test('two senders have two conversations, and one does not wait for the other', async (t) => {
  const hub = await startAgentHub(t);
  await hub.register('Other');
  const hanging = await hub.send('[[hang]]');
  await hub.when({ types: 'turn.output', message: hanging.id });
  const answered = await hub.ask('[[say here]]', { from: 'Other' });
  assert.equal(answered.reply.payload.response, 'here');
  assert.notEqual(answered.conversationId, hanging.conversationId);
  assert.equal((await hub.get(`/v1/messages/${hanging.id}`)).turn.state, 'running');
  assert.deepEqual((await hub.get('/v1/stats')).turns, { running: 1, waiting: 0 });
});

test('ten messages of one conversation are answered in their order, one at a time', async (t) => {
  const hub = await startAgentHub(t);
  const messages = batch.map((n) => ({ from: 'Producer', to: 'Processor', payload: { message: `[[say ${n}]]` } }));
  const { items } = (await hub.call('POST', '/v1/messages', messages)).body;
  const ids = items.map(({ id }: { id: string }) => id);
  await hub.when({ types: 'turn.succeeded', message: ids.at(-1) });
  const turns: AnyBody[] = (await hub.get('/v1/turns')).items.reverse();
  assert.deepEqual(
    turns.map(({ messageId }) => messageId),
    ids,
  );
  assert.equal(new Set(turns.map(({ instanceId }) => instanceId)).size, 1);
  const events = await hub.events({ types: 'turn.started,turn.succeeded' });
  assert.deepEqual(
    events.map(({ type, subject }) => [type, subject.messageId]),
    ids.flatMap((id: string) => [
      ['turn.started', id],
      ['turn.succeeded', id],
    ]),
  );
});

test('a reply that comes to an agent is a turn, but is not replied to', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Asker');
  const asked = await hub.send('[[say an answer]]', { from: 'Asker' });
  await hub.when({ types: 'turn.succeeded', module: 'Processor' });
  await hub.when({ types: 'turn.succeeded', module: 'Asker' });
  const messages = (await hub.get('/v1/messages')).items;
  assert.deepEqual(
    messages.map(({ from }: AnyBody) => from),
    ['Processor', 'Asker'],
  );
  assert.equal(messages[0].replyTo, asked.id);
  assert.match(hub.claude.api.requests.at(-1)!.prompt, /^Reply msg_\d+ of type task\.response from Processor/);
});

test('an agent takes its part of a channel, also of what was there before it listened', async (t) => {
  const hub = await startAgentHub(t);
  const early = await hub.send('[[say early]]', { to: undefined, channel: 'work' });
  await hub.call('PUT', '/v1/channels/work/subscriptions/Processor');
  await hub.when({ types: 'turn.succeeded', message: early.id });
  const late = await hub.ask('[[say late]]', { to: undefined, channel: 'work' });
  assert.equal(late.reply.payload.response, 'late');
});

test('a changed descriptor is for a new process, which goes on with the session', async (t) => {
  const hub = await startAgentHub(t);
  await hub.ask('[[say one]]');
  await hub.registerAgent('Processor');
  await hub.ask('[[say two]]');
  await hub.registerAgent('Processor', {}, { systemPrompt: 'Answer in verse.' });
  await hub.ask('[[say three]]');
  const [third, second, first] = (await hub.get('/v1/turns')).items;
  assert.equal(second.instanceId, first.instanceId, 'the same descriptor again changes nothing');
  assert.notEqual(third.instanceId, first.instanceId);
  const started = await hub.events({ types: 'instance.started' });
  assert.deepEqual(
    started.map(({ data }) => data.resumed),
    [false, true],
  );
  assert.equal(started[1].data.sessionId, started[0].data.sessionId);
  const { body } = hub.claude.api.requests.at(-1)!;
  assert.match(JSON.stringify(body?.messages), /\[\[say one\]\].*\[\[say two\]\].*\[\[say three\]\]/);
  assert.match(JSON.stringify(body?.system), /Answer in verse\./);
});

test('an agent that was removed and registered anew is asked in its new words, when its old process is gone', async (t) => {
  const hub = await startAgentHub(t);
  await hub.ask('[[say one]]');
  const old = await agentPids(hub);
  assert.equal((await hub.call('DELETE', '/v1/modules/Processor')).status, 204);
  await hub.registerAgent('Processor', {}, { systemPrompt: 'Answer in verse.' });
  await hub.ask('[[say two]]');
  assert.match(JSON.stringify(hub.claude.api.requests.at(-1)?.body?.system), /Answer in verse\./);
  const types = (await hub.events({ types: 'instance.*' })).map(({ type }) => type);
  assert.deepEqual(types, ['instance.started', 'instance.stopped', 'instance.started']);
  assert.equal((await agentPids(hub)).length, 1);
  assert.ok(!(await agentPids(hub)).includes(old[0]!));
});

test('an agent inherits the environment of the hub without its settings and keys', async (t) => {
  const settings = { GRANGER_ADMIN_KEY: 'a-key-that-nobody-may-see', MINE: 'yes' };
  const hub = await startAgentHub(t, { program: fixtureAgent('prints-environment'), settings });
  const { reply } = await hub.ask('What do you see?');
  const { environment } = JSON.parse(reply.payload.response);
  assert.equal(environment.MINE, 'yes');
  assert.deepEqual(
    Object.keys(environment).filter((name) => name.startsWith('GRANGER_')),
    ['GRANGER_INSTANCE'],
  );
  assert.doesNotMatch(reply.payload.response, /a-key-that-nobody-may-see/);
});
