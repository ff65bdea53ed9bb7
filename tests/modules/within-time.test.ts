import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withinTime } from '../../src/modules/within-time.js';

test('work that ends in time gives its result', () => {
  const result = { answer: 42 };
  assert.equal(
    withinTime(5000, () => result),
    result,
  );
});

test('work that never ends is ended, and others can run after it', () => {
  const forEver = (): object => {
    for (;;);
  };
  assert.equal(withinTime(20, forEver), undefined);
  assert.deepEqual(
    withinTime(5000, () => ['later']),
    ['later'],
  );
});

test('what the work throws is thrown', () => {
  const error = new RangeError('broken');
  const broken = (): object => {
    throw error;
  };
  assert.throws(
    () => withinTime(5000, broken),
    (thrown) => thrown === error,
  );
});
