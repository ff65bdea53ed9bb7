import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TurnResult } from '../../src/agents/drivers/agent-driver.js';
import {
  lostOutcome,
  outcomeOfMisfit,
  outcomeOfProcessError,
  outcomeOfResult,
  problemOf,
  type TurnOutcome,
} from '../../src/agents/turn-outcome.js';
import { turnResult } from './test-turn.js';

const failed = (outcome: TurnOutcome) => {
  assert.ok(outcome.kind === 'failed');
  return [outcome.code, outcome.isRetryable, outcome.message];
};

const failedResult = (different: Partial<TurnResult>): TurnResult =>
  turnResult({ isError: true, outcome: 'failed', ...different });

test('a result without an error is a success, whatever its subtype says', () => {
  for (const subtype of ['success', 'error_during_execution'])
    assert.equal(outcomeOfResult(turnResult({ subtype })).kind, 'succeeded');
});

test('an error of the API is tried again where it may pass', () => {
  const outcome = (apiErrorStatus: number) => failed(outcomeOfResult(failedResult({ apiErrorStatus, text: 'why' })));
  for (const status of [408, 429, 500, 503, 529]) assert.deepEqual(outcome(status), [`api_${status}`, true, 'why']);
  for (const status of [400, 401, 403, 404, 413]) assert.deepEqual(outcome(status), [`api_${status}`, false, 'why']);
});

test('a limit that the descriptor sets is final', () => {
  for (const subtype of ['error_max_turns', 'error_max_budget_usd']) {
    const result = failedResult({ subtype, text: '' });
    assert.deepEqual(failed(outcomeOfResult(result)), [subtype, false, `The turn ended as ${subtype}.`]);
  }
});

test('any other error is tried again, and its errors say why', () => {
  const result = failedResult({ subtype: 'error_during_execution', text: '', errors: ['one', 'two'] });
  assert.deepEqual(failed(outcomeOfResult(result)), ['agent_error', true, 'one; two']);
});

test('a turn that was interrupted though nobody here did it is tried again', () => {
  const result = turnResult({ outcome: 'interrupted', subtype: 'error_during_execution', text: '' });
  assert.deepEqual(failed(outcomeOfResult(result)), ['agent_error', true, 'The turn ended as error_during_execution.']);
});

test('a process that cannot be started is final, one that breaks is tried again', () => {
  for (const code of ['agent_not_installed', 'agent_cwd_missing', 'agent_start_failed'] as const)
    assert.deepEqual(failed(outcomeOfProcessError(code, 'why')), [code, false, 'why']);
  for (const code of ['agent_crashed', 'agent_protocol_error', 'agent_stopped', 'agent_session_missing'] as const)
    assert.deepEqual(failed(outcomeOfProcessError(code, 'why')), [code, true, 'why']);
});

test('only what went wrong is a problem', () => {
  const result = turnResult();
  assert.equal(problemOf({ kind: 'succeeded', result }), undefined);
  assert.equal(problemOf({ kind: 'interrupted', reason: 'cancelled' }), undefined);
  assert.deepEqual(problemOf({ kind: 'timed_out', code: 'turn_timed_out', message: 'why' }), {
    code: 'turn_timed_out',
    message: 'why',
  });
  const failure = { kind: 'failed', code: 'api_400', message: 'why', isRetryable: false } as const;
  assert.deepEqual(problemOf(failure), { code: 'api_400', message: 'why' });
});

test('an answer that does not fit its schema is final, and carries where it does not', () => {
  const errors = [
    { pointer: '/n', message: 'must be integer' },
    { pointer: '', message: 'is no JSON' },
  ];
  const outcome = outcomeOfMisfit(errors, turnResult());
  const message = 'The answer does not fit the outputSchema: /n must be integer; the answer is no JSON.';
  assert.deepEqual(failed(outcome), ['output_mismatch', false, message]);
  assert.deepEqual(problemOf(outcome), { code: 'output_mismatch', message, errors });
});

test('a turn whose delivery is lost was interrupted, and keeps what it has cost', () => {
  const result = turnResult();
  assert.deepEqual(lostOutcome({ kind: 'succeeded', result }), { kind: 'interrupted', reason: 'lease_lost', result });
});
