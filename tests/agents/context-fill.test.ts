import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isContextFull, mostFilled } from '../../src/agents/context-fill.js';
import { startAgentHub } from './agent-hub.js';
import { turnResult } from './test-turn.js';

const used = (inputTokens: number, ...windows: number[]) =>
  turnResult({
    inputTokens,
    cacheReadTokens: 0,
    cacheCreationTokens: 0,
    outputTokens: 0,
    modelUsage: Object.fromEntries(windows.map((contextWindow, index) => [`model-${index}`, { contextWindow }])),
  });

test('what a turn has used is taken of the smallest window', () => {
  assert.equal(mostFilled(used(500, 1000)), 50);
  assert.equal(mostFilled(used(500, 1000, 625)), 80);
  assert.equal(mostFilled(turnResult({ inputTokens: 5, outputTokens: 5, modelUsage: {} })), 0);
});

test('the agent is asked only where it may be full, and it decides', async () => {
  let asked = 0;
  const says = (percent: number | undefined) => ({
    contextPercent: async () => {
      asked++;
      return percent;
    },
  });
  assert.equal(await isContextFull(says(99), used(500, 1000), 85), false);
  assert.equal(asked, 0);
  assert.equal(await isContextFull(says(84), used(900, 1000), 85), false);
  assert.equal(await isContextFull(says(85), used(900, 1000), 85), true);
  assert.equal(await isContextFull(says(undefined), used(900, 1000), 85), false);
  assert.equal(asked, 3);
});

test('an agent that ends when it is asked does not count as full', async () => {
  const gone = { contextPercent: () => Promise.reject(new Error('The agent has exited.')) };
  assert.equal(await isContextFull(gone, used(900, 1000), 85), false);
});

test('a conversation whose session fills its context goes on in a new one', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', {}, { context: { fullPercent: 1 } });
  const { conversationId } = await hub.ask('[[say the fish is blue]]');
  const moved = await hub.when({ types: 'conversation.moved', conversation: conversationId });
  assert.equal(moved.data.reason, 'context_full');
  const { reply } = await hub.ask('[[say and on]]');
  assert.equal(reply.payload.response, 'and on');
  const messages = JSON.stringify(hub.claude.api.requests.findLast(({ prompt }) => prompt.includes('and on'))?.body);
  assert.match(messages, /the fish is blue/);
  const [first, second] = await hub.events({ types: 'instance.started' });
  assert.deepEqual([first.data.resumed, second.data.resumed], [false, false]);
  assert.notEqual(first.data.sessionId, second.data.sessionId);
  assert.equal((await hub.events({ types: 'conversation.retold' })).length, 1);
  assert.deepEqual(hub.errors, []);
});
