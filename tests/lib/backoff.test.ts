import assert from 'node:assert/strict';
import { test } from 'node:test';
import { double, assert as forAll, integer, property, record } from 'fast-check';
import { backoffMs } from '../../src/lib/backoff.js';

const policies = record({
  firstMs: integer({ min: 1, max: 60_000 }),
  maxMs: integer({ min: 60_000, max: 86_400_000 }),
});
const chances = double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('the wait lies in the upper half of a span that doubles with each failure, up to the most', () => {
  const isInBounds = (failures: number, policy: { firstMs: number; maxMs: number }, chance: number): boolean => {
    const span = Math.min(policy.maxMs, policy.firstMs * 2 ** (failures - 1));
    const wait = backoffMs(failures, policy, () => chance);
    return Number.isInteger(wait) && wait >= Math.floor(span / 2) && wait <= span;
  };
  forAll(property(integer({ min: 1, max: 2000 }), policies, chances, isInBounds));
});

test('one failure more never waits less, at the same luck', () => {
  const isNotLess = (failures: number, policy: { firstMs: number; maxMs: number }, chance: number): boolean =>
    backoffMs(failures + 1, policy, () => chance) >= backoffMs(failures, policy, () => chance);
  forAll(property(integer({ min: 0, max: 100 }), policies, chances, isNotLess));
});

test('those that failed together do not come back together', () => {
  const policy = { firstMs: 1000, maxMs: 60_000 };
  const waits = new Set(Array.from({ length: 100 }, () => backoffMs(3, policy)));
  assert.ok(waits.size > 50, `${waits.size} different waits of 100`);
});
