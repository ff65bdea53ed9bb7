import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterAttempt,
  deliveryStates,
  deliveryVerbs,
  isFinal,
  moveDelivery,
} from '../../src/messages/delivery-state.js';

// Every pair, written out: a move that is added or lost by mistake shows here.
const pending = 'pending';
const leased = 'leased';
const allowed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  claim: { pending: leased },
  complete: { leased: 'done' },
  retry: { leased: pending },
  release: { leased: pending },
  bury: { pending: 'dead', leased: 'dead' },
  expire: { pending: 'expired', leased: 'expired' },
  cancel: { pending: 'cancelled', leased: 'cancelled' },
  redrive: { dead: pending },
};

for (const verb of deliveryVerbs) {
  for (const state of deliveryStates) {
    const next = allowed[verb]?.[state];
    test(`${verb} of a ${state} delivery ${next === undefined ? 'is refused' : `makes it ${next}`}`, () => {
      assert.equal(moveDelivery(state, verb), next);
    });
  }
}

test('a state is final when no holder, no time and no sender can move it', () => {
  const movable = (state: (typeof deliveryStates)[number]) =>
    deliveryVerbs.some((verb) => verb !== 'redrive' && moveDelivery(state, verb) !== undefined);
  assert.deepEqual(
    deliveryStates.filter(isFinal),
    deliveryStates.filter((state) => !movable(state)),
  );
});

test('an attempt that failed is retried while attempts are left, unless it failed for good', () => {
  const next = (attempt: number, isRetryable: boolean) => afterAttempt({ attempt, maxAttempts: 3 }, isRetryable);
  assert.deepEqual(
    [1, 2, 3, 4].map((attempt) => next(attempt, true)),
    ['retry', 'retry', 'bury', 'bury'],
  );
  assert.deepEqual(
    [1, 2, 3].map((attempt) => next(attempt, false)),
    ['bury', 'bury', 'bury'],
  );
});
