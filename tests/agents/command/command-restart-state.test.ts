import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterEnd,
  isTrusted,
  mayStart,
  newRecord,
  PROBATION_MS,
  type RestartRecord,
} from '../../../src/agents/command/command-restart-state.js';

const NOW = 1_000_000;
const longest = () => 1;

/** How a program ended, after so many failed starts: failed starts from then on, and how long it rests at most. */
const ends: readonly (readonly [number, boolean, boolean, number, number])[] = [
  [0, true, true, 0, 0],
  [3, true, true, 0, 0],
  [0, true, false, 0, 500],
  [3, true, false, 0, 500],
  [0, false, true, 1, 500],
  [0, false, false, 1, 500],
  [1, false, false, 2, 1000],
  [2, false, true, 3, 2000],
  [20, false, false, 21, 60_000],
];

for (const [before, hasAnswered, wasInOrder, failures, restMs] of ends) {
  const how = `${hasAnswered ? 'has answered' : 'has answered nothing'} and ends ${wasInOrder ? 'in order' : 'badly'}`;
  test(`after ${before} failed starts a program that ${how} has ${failures} and rests ${restMs} ms`, () => {
    const after = afterEnd({ failures: before, restUntil: NOW }, { hasAnswered, wasInOrder, now: NOW }, longest);
    assert.equal(after.failures, failures);
    assert.equal(Math.max(0, after.restUntil - NOW), restMs);
  });
}

test('a program may start when its rest is over', () => {
  const record: RestartRecord = { failures: 1, restUntil: NOW };
  assert.deepEqual([mayStart(newRecord, 0), mayStart(record, NOW - 1), mayStart(record, NOW)], [true, false, true]);
});

test('after a failed start the next is trusted when it has lived for a while, otherwise at once', () => {
  const record: RestartRecord = { failures: 1, restUntil: NOW };
  assert.equal(isTrusted(newRecord, 0), true);
  assert.equal(isTrusted(record, PROBATION_MS - 1), false);
  assert.equal(isTrusted(record, PROBATION_MS), true);
});
