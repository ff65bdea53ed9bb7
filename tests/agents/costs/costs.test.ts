import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costStore } from '../../../src/agents/costs/cost-store.js';
import { openBench } from '../../support/broker-bench.js';
import { FakeClock, request } from '../../support/test-hub.js';
import { type AgentHub, type AnyBody, fixtureAgent, startAgentHub } from '../agent-hub.js';
import { putTurn } from '../agent-rows.js';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

const costOf = async (hub: AgentHub): Promise<AnyBody> => (await hub.get('/v1/stats')).cost;

test('what turns have cost adds up by module, conversation and day', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Other');
  const first = await hub.ask('[[say one]]');
  const second = await hub.ask('[[say two]]');
  const third = await hub.ask('[[say three]]', { to: 'Other' });
  const [one, two, three] = [first, second, third].map(({ reply }) => reply.payload.costUsd);
  assert.ok(one > 0 && two > 0 && two < 2 * one, 'a turn costs its own share');
  const { todayUsd, byModule, byConversation, byDay } = await costOf(hub);
  near(todayUsd, one + two + three);
  assert.deepEqual(
    byModule.map(({ module, turns }: AnyBody) => [module, turns]),
    [
      ['Processor', 2],
      ['Other', 1],
    ],
  );
  near(byModule[0].costUsd, one + two);
  const tokens = [first, second].flatMap(({ reply }) => Object.values<number>(reply.payload.usage));
  assert.equal(
    byModule[0].tokens,
    tokens.reduce((sum, each) => sum + each),
  );
  assert.deepEqual(
    byConversation.map(({ conversationId }: AnyBody) => conversationId),
    [first.conversationId, third.conversationId],
  );
  assert.deepEqual([byDay.length, byDay[0].turns, byDay[0].day], [1, 3, new Date().toISOString().slice(0, 10)]);
});

test('a program that names no models is paid for by its own sum', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('answers-better-when-corrected') });
  await hub.ask('One');
  assert.equal((await hub.ask('Two')).reply.payload.costUsd, 0.25);
  const { todayUsd, byModule } = await costOf(hub);
  assert.deepEqual([todayUsd, byModule], [0.5, [{ module: 'Processor', costUsd: 0.5, tokens: 30, turns: 2 }]]);
});

const withBudget = (hub: AgentHub, budget: object) => hub.registerAgent('Processor', {}, { limits: { budget } });

test('an agent that has spent its budget is given no more turns until the next hour', async (t) => {
  const clock = new FakeClock();
  const hub = await startAgentHub(t, { clock, program: fixtureAgent('answers-better-when-corrected') });
  await withBudget(hub, { hour: { turns: 2 }, day: { usd: 100 } });
  await hub.ask('One');
  await hub.ask('Two');
  const third = await hub.send('Three');
  const { data, subject } = await hub.when({ types: 'budget.exceeded' });
  assert.deepEqual(
    [data, subject],
    [
      {
        period: 'hour',
        measure: 'turns',
        limit: 2,
        used: 2,
        resetsAt: '2026-01-01T01:00:00.000Z',
        onExceeded: 'wait',
      },
      { module: 'Processor' },
    ],
  );
  const waiting = await hub.get(`/v1/messages/${third.id}`);
  assert.deepEqual(
    [waiting.deliveries[0].state, waiting.deliveries[0].attempt, waiting.turn],
    ['pending', 0, undefined],
  );
  clock.advance(3_600_000);
  const reply = await hub.get(`/v1/messages/${third.id}/reply?wait=30`);
  assert.equal(reply.payload.status, 'SUCCESS');
  assert.equal((await hub.events({ types: 'budget.exceeded' })).length, 1);
});

test('messages that come at once begin no more turns than there is room for', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('answers-better-when-corrected') });
  await withBudget(hub, { day: { turns: 1 }, onExceeded: 'fail' });
  const asked = await Promise.all(['a', 'b', 'c'].map((conversationId) => hub.ask('Go', { conversationId })));
  const statuses = asked.map(({ reply }) => reply.payload.status).sort();
  assert.deepEqual(statuses, ['ERROR', 'ERROR', 'SUCCESS']);
  assert.equal((await hub.get('/v1/turns')).items.length, 1);
});

test('or its messages fail at once, with an error that says why and until when', async (t) => {
  const clock = new FakeClock();
  const hub = await startAgentHub(t, { clock, program: fixtureAgent('answers-better-when-corrected') });
  await withBudget(hub, { day: { usd: 0.25 }, onExceeded: 'fail' });
  assert.equal((await hub.ask('One')).reply.payload.status, 'SUCCESS');
  const refused = await hub.ask('Two');
  const { status, error, message, costUsd, turnId } = refused.reply.payload;
  assert.deepEqual([status, error.code, message, costUsd, turnId], ['ERROR', 'budget_exceeded', 'Two', 0, undefined]);
  assert.match(error.message, /0\.25 usd a day.*2026-01-02T00:00/);
  assert.equal(refused.deliveries[0].state, 'dead');
  await withBudget(hub, { day: { usd: 1 }, onExceeded: 'fail' });
  assert.equal((await hub.ask('Three')).reply.payload.status, 'SUCCESS', 'a larger budget holds at once');
});

test('starts that failed are no turns that count', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('starts-at-third') });
  await withBudget(hub, { day: { turns: 1 }, onExceeded: 'fail' });
  assert.equal((await hub.ask('Are you there?')).reply.payload.response, 'here');
  assert.equal((await hub.get('/v1/turns')).items.length, 3);
  assert.equal((await hub.ask('Still there?')).reply.payload.error.code, 'budget_exceeded');
});

test('nor are those that the provider put off, or that ended before a word was said', async (t) => {
  const bench = await openBench(t);
  const silent = { input_tokens: 0, output_tokens: 0, cost_usd: 0, first_token_at: null };
  for (const isRunning of [true, false]) await putTurn(bench, { isRunning });
  await putTurn(bench, { ended: { ...silent, state: 'succeeded' } });
  await putTurn(bench, { ended: { ...silent, state: 'failed', first_token_at: bench.clock.now() } });
  await putTurn(bench, { ended: { ...silent, state: 'timed_out', output_tokens: 1 } });
  await putTurn(bench, { ended: { ...silent, state: 'failed', cost_usd: 0.5 } });
  for (const state of ['failed', 'interrupted', 'timed_out']) await putTurn(bench, { ended: { ...silent, state } });
  const since = bench.clock.now();
  assert.equal(await costStore.turnsOf(bench.parts.database.read, 'Processor', since), 6);
  assert.equal(await costStore.turnsOf(bench.parts.database.read, 'Processor', since + 1), 0);
});

test('a budget of tokens counts every kind', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('answers-better-when-corrected') });
  await withBudget(hub, { hour: { tokens: 30 }, onExceeded: 'fail' });
  for (const words of ['One', 'Two']) assert.equal((await hub.ask(words)).reply.payload.status, 'SUCCESS');
  assert.equal((await hub.ask('Three')).reply.payload.error.code, 'budget_exceeded');
});

test('a budget is for agents, is what it says, and is set by an admin', async (t) => {
  const hub = await startAgentHub(t);
  const pointersOf = async (descriptor: object) =>
    (await hub.register('Wrong', descriptor)).body.errors?.map(({ pointer }: AnyBody) => pointer);
  assert.deepEqual(await pointersOf({ limits: { budget: { day: { usd: 1 } } } }), ['/limits/budget']);
  const agent = { runtime: 'claude' };
  assert.deepEqual(await pointersOf({ ...agent, limits: { budget: { week: {} } } }), ['/limits/budget/week']);
  assert.deepEqual(await pointersOf({ ...agent, limits: { budget: { day: { usd: -1 } } } }), [
    '/limits/budget/day/usd',
  ]);
  await withBudget(hub, { day: { usd: 1 } });
  const { key } = (await hub.call('POST', '/v1/modules/Processor/keys')).body;
  const patch = (body: object) => request(`${hub.url}/v1/modules/Processor`, { method: 'PATCH', key, body });
  assert.equal((await patch({ limits: { budget: null } })).status, 403);
  assert.equal((await patch({ limits: { messagesPerMinute: 5 } })).status, 200);
});
