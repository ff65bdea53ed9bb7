import assert from 'node:assert/strict';
import { test } from 'node:test';
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
