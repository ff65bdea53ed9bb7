import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorPayload, successPayload } from '../../src/agents/agent-reply.js';
import { turnResult } from './test-turn.js';

const request = {
  source: 'Producer',
  target: 'Processor',
  message: 'Please',
  turnId: 7,
  now: Date.parse('2026-01-01T00:00:00Z'),
};
const head = { source: 'Producer', target: 'Processor', timestamp: '2026-01-01T00:00:00.000Z', message: 'Please' };
const usage = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 3, cacheCreationTokens: 2 };

test('a good answer carries the words, the tokens and the cost of its turn', () => {
  assert.deepEqual(successPayload(request, { result: turnResult() }, 0.25), {
    ...head,
    response: 'an answer',
    status: 'SUCCESS',
    usage,
    costUsd: 0.25,
    turnId: 'turn_7',
  });
});

test('an answer that fits a schema is given as it is, also where it is false', () => {
  assert.equal('data' in successPayload(request, { result: turnResult() }, 0), false);
  assert.deepEqual(successPayload(request, { result: turnResult(), data: { n: 1 } }, 0).data, { n: 1 });
  assert.equal(successPayload(request, { result: turnResult(), data: false }, 0).data, false);
});

test('an error has the same shape, and tells what it has cost', () => {
  const error = { code: 'api_400', message: 'why' };
  const rest = { response: '', status: 'ERROR', error, turnId: 'turn_7' };
  const failed = turnResult({ isError: true, text: 'why' });
  assert.deepEqual(errorPayload(request, error, failed, 0.25), { ...head, ...rest, usage, costUsd: 0.25 });
  const none = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 };
  assert.deepEqual(errorPayload(request, error, undefined, 0), { ...head, ...rest, usage: none, costUsd: 0 });
});
