import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AgentHub, type AnyBody, agentPids, startAgentHub } from './agent-hub.js';

const settings = { GRANGER_AGENTS_MAX: '2' };

/** How many instances there were at the most: a row ends only when its process is gone. */
async function mostAtOnce(hub: AgentHub): Promise<number> {
  let [live, most] = [0, 0];
  for (const { type } of await hub.events({ types: 'instance.*' })) {
    live += type === 'instance.started' ? 1 : -1;
    most = Math.max(most, live);
  }
  return most;
}

test('many conversations at once share as many processes as there may be, and all are answered', async (t) => {
  const hub = await startAgentHub(t, { settings });
  const names = ['a', 'b', 'c', 'd', 'e'];
  const answers = await Promise.all(names.map((name) => hub.ask(`[[say ${name}]]`, { conversationId: name })));
  assert.deepEqual(
    answers.map(({ reply }) => reply.payload.response),
    names,
  );
  assert.equal(await mostAtOnce(hub), 2);
  assert.equal((await hub.get('/v1/stats')).instances, 2);
  assert.equal((await agentPids(hub)).length, 2);
});

test('the process that was used longest ago makes room, and its conversation goes on later', async (t) => {
  const hub = await startAgentHub(t, { settings });
  for (const conversationId of ['a', 'b', 'a', 'c', 'a', 'b'])
    await hub.ask(`[[say ${conversationId}]]`, { conversationId });
  const events: AnyBody[] = await hub.events({ types: 'instance.*' });
  assert.deepEqual(
    events.map(({ type, subject, data }) => [type, subject.conversationId, data.resumed]),
    [
      ['instance.started', 'a', false],
      ['instance.started', 'b', false],
      ['instance.stopped', 'b', undefined],
      ['instance.started', 'c', false],
      ['instance.stopped', 'c', undefined],
      ['instance.started', 'b', true],
    ],
  );
});

test('a conversation whose process is making room starts its next one only when that is gone', async (t) => {
  const hub = await startAgentHub(t, { settings });
  for (const conversationId of ['a', 'b']) await hub.ask('[[say one]]', { conversationId });
  await hub.send('[[say two]]', { conversationId: 'c' });
  await hub.ask('[[say two]]', { conversationId: 'a' });
  const events: AnyBody[] = await hub.events({ types: 'instance.*', conversation: 'a' });
  assert.deepEqual(
    events.map(({ type, data }) => [type, data.resumed]),
    [
      ['instance.started', false],
      ['instance.stopped', undefined],
      ['instance.started', true],
    ],
  );
  assert.equal(await mostAtOnce(hub), 2);
});

test('a turn waits while every process is busy, and begins when one is free', async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_AGENTS_MAX: '1' } });
  const hanging = await hub.send('[[hang]]', { conversationId: 'a' });
  await hub.when({ types: 'turn.output', message: hanging.id });
  const waiting = await hub.send('[[say now]]', { conversationId: 'b' });
  assert.deepEqual((await hub.get('/v1/stats')).turns, { running: 1, waiting: 1 });
  await hub.call('POST', `/v1/messages/${hanging.id}/cancel`, {});
  await hub.when({ types: 'turn.succeeded', message: waiting.id });
});

test('agents take turns: one with much to do does not hold up another', async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_AGENTS_MAX: '1' } });
  await hub.registerAgent('Quiet');
  const first = await hub.send('[[hang]]', { conversationId: 'a' });
  await hub.when({ types: 'turn.output', message: first.id });
  const busy = await hub.send('[[say late]]', { conversationId: 'a' });
  const quiet = await hub.send('[[say soon]]', { to: 'Quiet' });
  await hub.call('POST', `/v1/messages/${first.id}/cancel`, {});
  await hub.when({ types: 'turn.succeeded', message: busy.id });
  const [quietTurn] = await hub.events({ types: 'turn.succeeded', message: quiet.id });
  const [busyTurn] = await hub.events({ types: 'turn.succeeded', message: busy.id });
  assert.ok(quietTurn.seq < busyTurn.seq);
});

test('with no agents allowed their messages wait', async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_AGENTS_MAX: '0' } });
  await hub.send('[[say never]]');
  assert.deepEqual((await hub.get('/v1/stats')).turns, { running: 0, waiting: 1 });
  assert.deepEqual(await hub.events({ types: 'delivery.claimed' }), []);
});
