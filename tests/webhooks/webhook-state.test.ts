import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterFailure, FAILURES_TO_PAUSE, RETRIES } from '../../src/webhooks/webhook-state.js';

const longest = (): number => 1;
const failure = (failures: number, more: { status?: number; delaySeconds?: number } = {}) =>
  afterFailure({ failures, status: more.status, delaySeconds: more.delaySeconds }, undefined, longest);

test('each failure in a row doubles the wait, up to the longest', () => {
  assert.deepEqual(
    [1, 2, 3, 50].map((failures) => failure(failures, { status: 500 })),
    [1000, 2000, 4000, RETRIES.maxMs].map((waitMs) => ({ kind: 'again', waitMs })),
  );
});

test('an endpoint may ask for a longer wait, not for a shorter one', () => {
  assert.deepEqual(failure(1, { status: 503, delaySeconds: 3600 }), { kind: 'again', waitMs: 3_600_000 });
  assert.deepEqual(failure(3, { status: 503, delaySeconds: 0 }), { kind: 'again', waitMs: 4000 });
});

test('the last failure that is put up with pauses, and 410 does at once', () => {
  assert.deepEqual(failure(FAILURES_TO_PAUSE), { kind: 'paused', reason: 'failing' });
  assert.equal(failure(FAILURES_TO_PAUSE - 1).kind, 'again');
  assert.deepEqual(failure(1, { status: 410 }), { kind: 'paused', reason: 'gone' });
});

test('until then most of a day goes by, on average', () => {
  let waitedMs = 0;
  for (let failures = 1; failures < FAILURES_TO_PAUSE; failures++) {
    const next = afterFailure({ failures, status: 500, delaySeconds: undefined }, undefined, () => 0.5);
    waitedMs += next.kind === 'again' ? next.waitMs : 0;
  }
  const hours = waitedMs / 3_600_000;
  assert.ok(hours > 12 && hours < 24, `${hours} h`);
});
