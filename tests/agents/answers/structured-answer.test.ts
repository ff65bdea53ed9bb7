import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittingAnswer } from '../../../src/agents/answers/fitting-answer.js';
import { structuredAnswer } from '../../../src/agents/answers/structured-answer.js';
import type { Prompt } from '../../../src/agents/drivers/agent-driver.js';
import { outcomeOfResult, type TurnOutcome } from '../../../src/agents/turn-outcome.js';
import { turnResult } from '../test-turn.js';

const schema = { type: 'object', required: ['n'], properties: { n: { type: 'integer' }, mail: { format: 'email' } } };

const answered = (structuredOutput: unknown): TurnOutcome => outcomeOfResult(turnResult({ structuredOutput }));

/** Gives these answers in turn, and keeps what was said. */
const answering = (...answers: TurnOutcome[]) => {
  const said: string[] = [];
  const say = async (words: Prompt) => {
    said.push(String(words));
    return answers.shift()!;
  };
  return { said, say };
};

test('an answer is what the tool was given, else JSON in the words, alone or in a fence', () => {
  const fits = { kind: 'fits', data: { n: 1 } };
  assert.deepEqual(structuredAnswer(schema, { structuredOutput: { n: 1 }, text: 'words' }), fits);
  for (const text of ['{"n":1}', ' {"n": 1}\n', 'Here it is:\n```json\n{"n":1}\n```\nDone.', '```\n{"n":1}\n```'])
    assert.deepEqual(structuredAnswer(schema, { structuredOutput: undefined, text }), fits, text);
});

test('it is held against the whole schema, also what Claude Code was not told', () => {
  const answer = (structuredOutput: unknown, text = '') => structuredAnswer(schema, { structuredOutput, text });
  assert.deepEqual(answer({ n: 'x' }), { kind: 'misfits', problems: [{ pointer: '/n', message: 'must be integer' }] });
  assert.equal(answer({ n: 1, mail: 'nobody' }).kind, 'misfits');
  assert.deepEqual(answer(undefined, 'some words'), {
    kind: 'misfits',
    problems: [{ pointer: '', message: 'is no JSON' }],
  });
});

test('an agent without a schema is asked once, and so is one that answers well', async () => {
  const free = answering(answered(undefined));
  assert.equal((await fittingAnswer(undefined, 'Count', free.say)).kind, 'succeeded');
  const good = answering(answered({ n: 1 }));
  const outcome = await fittingAnswer(schema, 'Count', good.say);
  assert.deepEqual(outcome.kind === 'succeeded' && outcome.data, { n: 1 });
  assert.deepEqual([free.said, good.said], [['Count'], ['Count']]);
});

test('an answer that does not fit is asked for once more with its errors, and both are paid for', async () => {
  const { said, say } = answering(answered({ n: 'x' }), answered({ n: 2 }));
  const outcome = await fittingAnswer(schema, 'Count', say);
  assert.match(said[1]!, /\/n must be integer/);
  assert.ok(outcome.kind === 'succeeded');
  assert.deepEqual([outcome.data, outcome.result.inputTokens, outcome.result.outputTokens], [{ n: 2 }, 20, 10]);
});

test('a second misfit is the end, with its own errors', async () => {
  const { said, say } = answering(answered({ n: 'x' }), answered({}));
  const outcome = await fittingAnswer(schema, 'Count', say);
  assert.ok(outcome.kind === 'failed');
  assert.equal(said.length, 2);
  assert.deepEqual(outcome.errors, [{ pointer: '', message: "must have required property 'n'" }]);
});

test('what goes wrong otherwise goes wrong as ever, and what was spent before is kept', async () => {
  const failed = outcomeOfResult(turnResult({ isError: true, outcome: 'failed', apiErrorStatus: 529 }));
  const once = answering(failed);
  assert.deepEqual(await fittingAnswer(schema, 'Count', once.say), failed);
  const cancelled = { kind: 'interrupted', reason: 'cancelled' } as const;
  const twice = answering(answered({ n: 'x' }), cancelled);
  const outcome = await fittingAnswer(schema, 'Count', twice.say);
  assert.deepEqual([outcome.kind, outcome.result?.inputTokens], ['interrupted', 10]);
});
