import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveReasonOf } from '../../src/agents/session-move.js';
import type { TurnOutcome } from '../../src/agents/turn-outcome.js';
import { turnResult } from './test-turn.js';

const failed = (code: string, message: string): TurnOutcome => ({ kind: 'failed', code, message, isRetryable: true });

const outcomes: readonly [outcome: TurnOutcome, reason: string | undefined][] = [
  [failed('agent_session_missing', 'No conversation found'), 'session_missing'],
  [failed('api_400', 'Prompt is too long'), 'context_full'],
  [failed('api_400', 'Something else'), undefined],
  [failed('agent_crashed', 'prompt is too long'), undefined],
  [{ kind: 'succeeded', result: turnResult({ text: 'The prompt is too long, you say?' }) }, undefined],
  [{ kind: 'interrupted', reason: 'cancelled' }, undefined],
];

test('a conversation moves to a new session when the old one is gone or full, and for nothing else', () => {
  for (const [outcome, reason] of outcomes) assert.equal(moveReasonOf(outcome), reason, JSON.stringify(outcome));
});
