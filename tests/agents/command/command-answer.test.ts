import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAnswer } from '../../../src/agents/command/command-answer.js';

const error = { code: 'no_batch', message: 'There is no batch.' };

const answers: readonly (readonly [string, object, object])[] = [
  ['done', {}, { kind: 'completed', reply: undefined }],
  ['a reply', { reply: { payload: null } }, { kind: 'completed', reply: { payload: null } }],
  [
    'a reply with a type',
    { reply: { payload: 1, type: 't' } },
    { kind: 'completed', reply: { payload: 1, type: 't' } },
  ],
  ['an error', { error }, { kind: 'failed', error, isRetryable: true }],
  ['an error for good', { error, retryable: false }, { kind: 'failed', error, isRetryable: false }],
];

for (const [what, fields, outcome] of answers) {
  test(`an answer is ${what}`, () => {
    assert.deepEqual(parseAnswer(JSON.stringify({ deliveryId: 'dlv_7', ...fields })), { deliveryId: 'dlv_7', outcome });
  });
}

const wrong: readonly (readonly [string, string, RegExp])[] = [
  ['words', 'hello', /JSON/],
  ['nothing', '', /JSON/],
  ['a number', '7', /The answer must be object/],
  ['no delivery', '{}', /\/deliveryId is required/],
  ['a mistyped field', '{"deliveryId":"dlv_7","repy":{"payload":1}}', /\/repy is not a known field/],
  ['a reply without a payload', '{"deliveryId":"dlv_7","reply":{}}', /\/reply\/payload is required/],
  ['a reply of a bad type', '{"deliveryId":"dlv_7","reply":{"payload":1,"type":" "}}', /\/reply\/type/],
  ['an error without a code', '{"deliveryId":"dlv_7","error":{"message":""}}', /\/error\/code is required/],
  ['retryable without an error', '{"deliveryId":"dlv_7","retryable":true}', /\/retryable goes with an error/],
  [
    'a reply and an error',
    '{"deliveryId":"dlv_7","reply":{"payload":1},"error":{"code":"a","message":"b"}}',
    /not both/,
  ],
];

for (const [what, line, says] of wrong) {
  test(`a line with ${what} is no answer`, () => assert.throws(() => parseAnswer(line), says));
}
