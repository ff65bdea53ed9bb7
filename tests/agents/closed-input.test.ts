import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLAUDE_PROGRAM } from '../support/claude-cli.js';
import { fixtureAgent, startAgentHub } from './agent-hub.js';

const closedAt = (when: 'line' | 'question') => ({
  program: fixtureAgent('hears-one-line'),
  settings: { REAL_CLAUDE: CLAUDE_PROGRAM, CLOSED_AT: when },
});

test('a CLI whose stdin was closed answers what it has heard and ends, and the next one goes on with its session', async (t) => {
  const hub = await startAgentHub(t, closedAt('line'));
  for (const word of ['one', 'two']) {
    const { reply } = await hub.ask(`[[say ${word}]]`);
    assert.equal(reply.payload.response, word);
    await hub.when({ types: 'instance.crashed' });
  }
  const [first, second] = await hub.events({ types: 'instance.started' });
  assert.deepEqual([second.data.resumed, second.data.sessionId], [true, first.data.sessionId]);
  const states = (await hub.get('/v1/turns')).items.map(({ state }: { state: string }) => state);
  assert.deepEqual(states, ['succeeded', 'succeeded']);
});

test('a CLI whose stdin was closed while it asked calls its turn a success, and the hub does not', async (t) => {
  const hub = await startAgentHub(t, closedAt('question'));
  const sent = await hub.ask('[[tool Bash {"command":"touch made"}]]', { maxAttempts: 1 });
  const { status, error } = sent.reply.payload;
  assert.deepEqual([status, error.code], ['ERROR', 'agent_crashed']);
  assert.match(error.message, /without waiting for the answer/);
  await hub.when({ types: 'approval.withdrawn', message: sent.id });
});

test('a process that hears no more but lives on is ended, and the message goes to another', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('closes-its-input') });
  assert.equal((await hub.ask('one')).reply.payload.response, 'first');
  const { reply, deliveries } = await hub.ask('two');
  assert.equal(reply.payload.response, 'second');
  assert.equal(deliveries[0].state, 'done');
  assert.match((await hub.when({ types: 'instance.crashed' })).data.reason, /closed its stdin/);
  assert.deepEqual(hub.errors, []);
});
