import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtureAgent, startAgentHub } from '../agent-hub.js';

const outputSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['total', 'by'],
  properties: { total: { type: 'integer' }, by: { type: 'string', format: 'email' } },
};

const answers = (...inputs: object[]): string =>
  inputs.map((input) => `[[tool StructuredOutput ${JSON.stringify(input)}]]`).join('');

test('the answer of an agent with an outputSchema is an object that fits it', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', {}, { outputSchema });
  const data = { total: 45, by: 'a@example.com' };
  const { reply } = await hub.ask(answers(data));
  assert.deepEqual([reply.payload.status, reply.payload.data], ['SUCCESS', data]);
  assert.deepEqual(JSON.parse(reply.payload.response), data);
  assert.deepEqual((await hub.get('/v1/approvals')).items, [], 'to answer is nothing to ask about');
});

test('Claude Code itself sends back what does not fit the part of the schema that it knows', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', {}, { outputSchema });
  const { reply } = await hub.ask(answers({ total: 'x', by: 'a@example.com' }, { total: 1, by: 'a@example.com' }));
  assert.deepEqual(reply.payload.data, { total: 1, by: 'a@example.com' });
});

test('what need not be an object is answered as what it is', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', {}, { outputSchema: { type: 'array', items: { type: 'integer' } } });
  assert.deepEqual((await hub.ask(answers({ value: [1, 2] }))).reply.payload.data, [1, 2]);
});

test('an answer that does not fit is asked for once more, then it is an error that says why', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', {}, { outputSchema });
  const { id, reply, deliveries } = await hub.ask(answers({ total: 45, by: 'nobody' }));
  const { status, error, data, usage } = reply.payload;
  assert.deepEqual([status, error.code, data, deliveries[0].state], ['ERROR', 'output_mismatch', undefined, 'dead']);
  assert.deepEqual(error.errors, [{ pointer: '', message: 'is no JSON' }], 'the stand-in has no second answer');
  const corrections = hub.claude.api.requests.filter(({ prompt }) => prompt.includes('Answer the same request again'));
  assert.match(corrections[0]!.prompt, /\/by must match format "email"/);
  const { turn } = await hub.get(`/v1/messages/${id}`);
  assert.deepEqual([turn.state, turn.error, turn.attempt], ['failed', error, 1]);
  assert.equal(turn.inputTokens, usage.inputTokens);
  assert.deepEqual((await hub.events({ types: 'turn.*', message: id })).at(-1).data.error, error);
});

test('an agent that does better the second time has answered', async (t) => {
  const hub = await startAgentHub(t, { program: fixtureAgent('answers-better-when-corrected') });
  await hub.registerAgent('Processor', {}, { outputSchema });
  const { reply } = await hub.ask('Count');
  const { status, data, costUsd, usage } = reply.payload;
  assert.deepEqual([status, data], ['SUCCESS', { total: 2, by: 'a@example.com' }]);
  assert.deepEqual([costUsd, usage.inputTokens], [0.5, 20], 'both answers are paid for');
});

test('an answer that Claude Code itself has sent back too often is not asked for again, and the error says why', async (t) => {
  const hub = await startAgentHub(t);
  await hub.registerAgent('Processor', {}, { outputSchema });
  const { reply, deliveries } = await hub.ask(answers(...Array.from({ length: 8 }, () => ({ total: 'x' }))));
  const { status, error } = reply.payload;
  assert.deepEqual([status, error.code, deliveries[0].state], ['ERROR', 'output_mismatch', 'dead']);
  assert.match(error.message, /after 5 attempts/);
  assert.deepEqual(error.errors, [{ pointer: '', message: error.message }]);
  assert.equal((await hub.events({ types: 'turn.started' })).length, 1);
});
