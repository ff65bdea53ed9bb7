import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RequestMessage } from '../../examples/offline/messages-request.js';
import { type AgentHub, startAgentHub } from './agent-hub.js';

// What an agent remembers of its conversations.

/** All that the model was given with the last request. */
const lastRequest = (hub: AgentHub): string => JSON.stringify(hub.claude.api.requests.at(-1)?.body?.messages);

const fork = async (hub: AgentHub, id: string, body: object = {}): Promise<string> =>
  (await hub.call('POST', `/v1/conversations/${id}/fork`, body)).body.id;

test('an agent in a fork remembers what was said before, and nothing of what is said beside it', async (t) => {
  const hub = await startAgentHub(t);
  const { conversationId: first } = await hub.ask('[[say the fish is blue]]');
  const second = await fork(hub, first);
  await hub.ask('[[say the fork is green]]', { conversationId: second });
  assert.match(lastRequest(hub), /the fish is blue/);
  await hub.ask('[[say the stem is red]]', { conversationId: first });
  assert.match(lastRequest(hub), /the fish is blue/);
  assert.doesNotMatch(lastRequest(hub), /the fork is green/);
  await hub.ask('[[say on]]', { conversationId: second });
  assert.match(lastRequest(hub), /the fork is green/);
  assert.doesNotMatch(lastRequest(hub), /the stem is red/);
  const started = await hub.events({ types: 'instance.started', conversation: second });
  assert.equal(started.length, 1);
  const sessions = (await hub.events({ types: 'instance.started' })).map(({ data }) => data.sessionId);
  assert.equal(new Set(sessions).size, 2);
});

test('a deleted conversation is forgotten: one of the same name begins anew', async (t) => {
  const hub = await startAgentHub(t);
  const { reply } = await hub.ask('[[say the secret word is mellon]]', { conversationId: 'door' });
  await hub.call('POST', `/v1/messages/${reply.id}/cancel`, {});
  assert.equal((await hub.call('DELETE', '/v1/conversations/door')).status, 204);
  const stopped = await hub.when({ types: 'instance.stopped' });
  assert.match(stopped.data.reason, /conversation was deleted/);
  assert.equal((await hub.get(`/v1/turns/${reply.payload.turnId}/output`)).text, '');
  await hub.ask('[[say hello]]', { conversationId: 'door' });
  assert.doesNotMatch(lastRequest(hub), /mellon/);
});

test('a conversation that is deleted during its first turn is forgotten too', async (t) => {
  const hub = await startAgentHub(t);
  const { id } = await hub.send('[[slow 200ms x 50]]', { conversationId: 'door' });
  await hub.when({ types: 'turn.output', message: id });
  assert.equal((await hub.call('DELETE', '/v1/conversations/door?force=true')).status, 204);
  const { data } = await hub.when({ types: 'turn.interrupted', message: id });
  assert.equal((await hub.get(`/v1/turns/${data.turnId}/output`)).text, '');
  await hub.ask('[[say hello]]', { conversationId: 'door' });
  assert.doesNotMatch(lastRequest(hub), /slow 200ms/);
});

/** As if somebody had tidied up: no session of the CLI is there any more. */
const loseSessions = async (hub: AgentHub): Promise<void> => {
  const projects = join(hub.claude.configDir, 'projects');
  for (const project of await readdir(projects)) await rm(join(projects, project), { recursive: true });
};

test('a conversation survives the loss of its session: the agent is told what was said', async (t) => {
  const hub = await startAgentHub(t);
  const { conversationId } = await hub.ask('[[say the fish is blue]]');
  await hub.ask({ message: '[[say noted]]', colour: 'green' });
  await hub.registerAgent('Processor', {}, { description: 'Needs a new process' });
  await loseSessions(hub);
  const { reply, id } = await hub.ask('[[say and on]]');
  assert.deepEqual([reply.payload.status, reply.payload.response], ['SUCCESS', 'and on']);
  for (const words of ['the fish is blue', 'noted', 'colour', '<history>']) assert.ok(lastRequest(hub).includes(words));
  const moved = await hub.when({ types: 'conversation.moved', conversation: conversationId });
  assert.deepEqual([moved.subject.module, moved.data.reason], ['Processor', 'session_missing']);
  const [first] = await hub.events({ types: 'instance.started' });
  assert.equal(moved.data.sessionId, first.data.sessionId);
  const retold = await hub.when({ types: 'conversation.retold', conversation: conversationId });
  assert.deepEqual([retold.subject.messageId, retold.data.messages, retold.data.omitted], [id, 4, 0]);
  const shown = await hub.get(`/v1/modules/Processor/context?message=${id}`);
  const { messages = [] } = hub.claude.api.requests.at(-1)?.body ?? {};
  const textOf = ({ content }: RequestMessage): string =>
    typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('\n\n');
  const sent = messages.map(textOf).join('\n\n');
  assert.ok(sent.includes(shown.turn.text), `What is shown is not what was sent: ${sent}`);
  await hub.ask('[[say still here]]');
  assert.equal((await hub.events({ types: 'conversation.retold' })).length, 1);
});

test('what is told again fits into the tokens that the agent has for it', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', {}, { context: { tokenBudget: 2000 } });
  for (let n = 1; n <= 6; n++) await hub.ask({ message: `[[say heard ${n}]]`, filler: `filler${n} `.repeat(250) });
  await hub.registerAgent('Processor', {}, { context: { tokenBudget: 1999 } });
  await loseSessions(hub);
  assert.equal((await hub.ask('[[say and on]]')).reply.payload.status, 'SUCCESS');
  const { data } = await hub.when({ types: 'conversation.retold' });
  assert.ok(data.tokens <= 2000, `${data.tokens} tokens`);
  assert.ok(data.messages > 0 && data.omitted > 0);
  assert.equal(data.messages + data.omitted, 12);
  assert.match(lastRequest(hub), /filler6/);
  assert.doesNotMatch(lastRequest(hub), /filler1 /);
  assert.match(lastRequest(hub), new RegExp(`; ${data.omitted} earlier messages are left out`));
});

test('an agent that comes to a conversation later is told what the others have said', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Second');
  await hub.ask('[[say the fish is blue]]', { conversationId: 'shared' });
  await hub.ask('[[say I see]]', { conversationId: 'shared', to: 'Second' });
  assert.match(lastRequest(hub), /the fish is blue/);
  const retold = await hub.when({ types: 'conversation.retold' });
  assert.deepEqual([retold.subject.module, retold.data.messages], ['Second', 2]);
});

test('an agent in a fork of before remembers what was said until then, and no more', async (t) => {
  const hub = await startAgentHub(t);
  const first = await hub.ask('[[say the fish is blue]]', { conversationId: 'sea' });
  await hub.ask('[[say the whale is grey]]', { conversationId: 'sea' });
  const early = await fork(hub, 'sea', { through: first.reply.id });
  await hub.ask('[[say on]]', { conversationId: early });
  assert.match(lastRequest(hub), /the fish is blue/);
  assert.doesNotMatch(lastRequest(hub), /the whale is grey/);
  const late = await fork(hub, 'sea');
  await hub.ask('[[say the crab is red]]', { conversationId: 'sea' });
  await hub.ask('[[say on]]', { conversationId: late });
  assert.match(lastRequest(hub), /the whale is grey/);
  assert.doesNotMatch(lastRequest(hub), /the crab is red/);
});
