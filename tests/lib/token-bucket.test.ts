import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, constantFrom, double, assert as forAll, integer, oneof, property, record } from 'fast-check';
import { type Bucket, fullBucket, takeToken } from '../../src/lib/token-bucket.js';

/** A bucket of 60 a minute that holds so many tokens at second 10. */
const holding = (tokens: number): Bucket => fullBucket(tokens, 10_000);

const steps: readonly [what: string, tokens: number, second: number, take: object, left: number][] = [
  ['a full bucket gives', 60, 10, { isTaken: true, remaining: 59 }, 59],
  ['the last token is given', 1, 10, { isTaken: true, remaining: 0 }, 0],
  ['an empty bucket says when to come', 0, 10, { isTaken: false, retryAfterMs: 1000 }, 0],
  ['half a token is none', 0, 10.5, { isTaken: false, retryAfterMs: 500 }, 0.5],
  ['a token comes back in its time', 0, 11, { isTaken: true, remaining: 0 }, 0],
  ['two come back in twice the time', 0, 12, { isTaken: true, remaining: 1 }, 1],
  ['a bucket never holds more than a minute', 0, 3600, { isTaken: true, remaining: 59 }, 59],
  ['a clock that goes back fills nothing', 0, 1, { isTaken: false, retryAfterMs: 1000 }, 0],
];

for (const [what, tokens, second, take, left] of steps) {
  test(`with 60 a minute ${what}`, () => {
    const bucket = holding(tokens);
    assert.deepEqual(takeToken(bucket, 60, second * 1000), take);
    assert.deepEqual(bucket, { ...holding(left), filledAt: second * 1000 });
  });
}

const perMinutes = oneof(constantFrom(1, 30, 60_001, 1_000_000), integer({ min: 1, max: 3000 }));

test('who waits as long as it was told gets a token, and a millisecond less is too little', () => {
  const shares = array(double({ min: 0, max: 1, noNaN: true }), { minLength: 20, maxLength: 40 });
  const holds = property(perMinutes, shares, (perMinute, pauses) => {
    let now = 1_700_000_000_000;
    const bucket = fullBucket(0, now);
    for (const share of pauses) {
      now += Math.floor((share * 60_000) / perMinute);
      const take = takeToken(bucket, perMinute, now);
      if (take.isTaken) continue;
      now += take.retryAfterMs;
      assert.equal(takeToken({ ...bucket }, perMinute, now - 1).isTaken, false);
      assert.equal(takeToken(bucket, perMinute, now).isTaken, true);
    }
  });
  forAll(holds, { numRuns: 1000 });
});

test('in no span of time are more taken than a minute holds and the span fills', () => {
  const asks = array(record({ pauseMs: integer({ min: 0, max: 3000 }), times: integer({ min: 1, max: 50 }) }), {
    maxLength: 40,
  });
  const holds = property(perMinutes, asks, (perMinute, rounds) => {
    const bucket = fullBucket(perMinute, 0);
    let [now, taken] = [0, 0];
    for (const { pauseMs, times } of rounds) {
      now += pauseMs;
      for (let ask = 0; ask < times; ask++) if (takeToken(bucket, perMinute, now).isTaken) taken++;
      assert.ok(taken <= perMinute + (now * perMinute) / 60_000 + 1e-6);
    }
  });
  forAll(holds, { numRuns: 300 });
});
