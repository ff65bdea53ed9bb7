import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonTokens } from '../../src/dashboard/json-tokens.js';

const kinds = (value: unknown) =>
  jsonTokens(value)
    .filter(({ kind }) => kind !== '')
    .map(({ kind, text }) => `${kind} ${text}`);

test('keys, strings, numbers and words are told apart, whatever a string holds', () => {
  assert.deepEqual(kinds({ a: 'x": 1', b: -1.5e-7, c: [true, null] }), [
    'key "a":',
    'string "x\\": 1"',
    'key "b":',
    'number -1.5e-7',
    'key "c":',
    'word true',
    'word null',
  ]);
});

test('the pieces are the text', () => {
  const value = { list: [1, 2, { deep: '<script>' }], empty: {} };
  assert.equal(
    jsonTokens(value)
      .map(({ text }) => text)
      .join(''),
    JSON.stringify(value, null, 2),
  );
});

test('one that is very long is cut', () => {
  assert.ok(
    jsonTokens('x'.repeat(1_000_000))
      .map(({ text }) => text)
      .join('').length < 70_000,
  );
});
