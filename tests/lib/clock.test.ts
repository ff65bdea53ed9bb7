import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as forAll, integer, property } from 'fast-check';
import { optionalRfc3339, toRfc3339 } from '../../src/lib/clock.js';

test('an instant is written as ISO 8601 in UTC with milliseconds, whichever was written before', () => {
  const instant = integer({ min: Date.parse('1960-01-01'), max: Date.parse('2200-01-01') });
  const nearTheEdge = integer({ min: -1001, max: 1001 }).map((ms) => Date.parse('2026-01-01T00:00:00Z') + ms);
  for (const instants of [array(instant), array(nearTheEdge)]) {
    const isIso = (all: number[]) => all.every((one) => toRfc3339(one) === new Date(one).toISOString());
    forAll(property(instants, isIso));
  }
});

test('an instant that is not there is not written', () => {
  assert.deepEqual([null, undefined].map(optionalRfc3339), [undefined, undefined]);
  assert.equal(optionalRfc3339(0), '1970-01-01T00:00:00.000Z');
});
