import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Breaker,
  beginTry,
  breakerAt,
  endTry,
  FAILURES_TO_OPEN,
  newBreaker,
  OPEN_MS,
  roomOf,
  type Verdict,
} from '../../src/webhooks/breaker-state.js';

const NOW = 1_000_000;
const ERA = 4;

const states = {
  closed: { state: 'closed', era: ERA, failures: 2 },
  'closed, one from opening': { state: 'closed', era: ERA, failures: FAILURES_TO_OPEN - 1 },
  open: { state: 'open', era: ERA, openUntil: NOW + 1 },
  'open, its time over': { state: 'open', era: ERA, openUntil: NOW },
  'half open': { state: 'half_open', era: ERA, isTrialOut: false },
  'half open, its trial out': { state: 'half_open', era: ERA, isTrialOut: true },
} as const satisfies Record<string, Breaker>;
type StateName = keyof typeof states;

const closed = (failures: number, era = ERA): Breaker => ({ state: 'closed', era, failures });
const opened: Breaker = { state: 'open', era: ERA + 1, openUntil: NOW + OPEN_MS };

const same = 'same';
const verdicts: Readonly<Record<StateName, Readonly<Record<Verdict, Breaker | 'same'>>>> = {
  closed: { succeeded: closed(0), failed: closed(3), abandoned: same },
  'closed, one from opening': { succeeded: closed(0), failed: opened, abandoned: same },
  open: { succeeded: same, failed: same, abandoned: same },
  'open, its time over': { succeeded: same, failed: same, abandoned: same },
  'half open': { succeeded: closed(0, ERA + 1), failed: opened, abandoned: same },
  'half open, its trial out': { succeeded: closed(0, ERA + 1), failed: opened, abandoned: states['half open'] },
};

for (const [name, byVerdict] of Object.entries(verdicts)) {
  const breaker = states[name as StateName];
  for (const [verdict, after] of Object.entries(byVerdict)) {
    test(`a breaker that is ${name} when a try has ${verdict}`, () => {
      const expected = after === same ? breaker : after;
      assert.deepEqual(endTry(breaker, { era: ERA, verdict: verdict as Verdict, now: NOW }), expected);
    });
    test(`a breaker that is ${name} hears nothing of a try of an earlier era that has ${verdict}`, () => {
      assert.equal(endTry(breaker, { era: ERA - 1, verdict: verdict as Verdict, now: NOW }), breaker);
    });
  }
}

const rooms: Readonly<Record<StateName, number>> = {
  closed: Number.POSITIVE_INFINITY,
  'closed, one from opening': Number.POSITIVE_INFINITY,
  open: 0,
  'open, its time over': 1,
  'half open': 1,
  'half open, its trial out': 0,
};

for (const [name, room] of Object.entries(rooms)) {
  test(`a breaker that is ${name} has room for ${room}`, () => {
    assert.equal(roomOf(breakerAt(states[name as StateName], NOW)), room);
  });
}

test('a try takes the room of a half-open breaker, and none of a closed one', () => {
  assert.equal(beginTry(states.closed), states.closed);
  assert.deepEqual(beginTry(states['half open']), states['half open, its trial out']);
});

test('an open breaker is half open when its time is over, in a new era', () => {
  assert.equal(breakerAt(states.open, NOW), states.open);
  assert.deepEqual(breakerAt(states.open, NOW + 1), { state: 'half_open', era: ERA + 1, isTrialOut: false });
});

test('five failures in a row open it, and a success between them begins the count anew', () => {
  const after = (...words: Verdict[]) =>
    words.reduce<Breaker>((breaker, verdict) => endTry(breaker, { era: 0, verdict, now: NOW }), newBreaker);
  const four: Verdict[] = ['failed', 'failed', 'failed', 'failed'];
  assert.equal(after(...four).state, 'closed');
  assert.equal(after(...four, 'succeeded', ...four).state, 'closed');
  assert.equal(after(...four, 'abandoned', 'failed').state, 'open');
});
