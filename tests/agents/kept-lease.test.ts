import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { keepLease, LEASE_SECONDS } from '../../src/agents/kept-lease.js';
import type { RunningTurn } from '../../src/agents/running-turn.js';
import { HubError } from '../../src/lib/errors.js';
import type { HolderVerb } from '../../src/messages/delivery-service.js';
import { newTurn } from './test-turn.js';

/** Keeps a lease on a clock of the test's own, with the outcome that every extension is to have. */
function keep(t: TestContext, outcome: () => HubError | undefined) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const turn: RunningTurn = newTurn();
  const asked: HolderVerb[] = [];
  const logged: string[] = [];
  const deliveries = {
    applyAll: async (verbs: readonly (HolderVerb & { readonly id: number })[]) => {
      asked.push(...verbs);
      return verbs.map(({ id }) => outcome() ?? ({ id, state: 'leased' } as const));
    },
  };
  const letGo = keepLease(turn, deliveries, { error: (_, message) => logged.push(message) });
  const after = async (seconds: number): Promise<void> => {
    t.mock.timers.tick(seconds * 1000);
    await new Promise(setImmediate);
  };
  return { turn, asked, logged, after, letGo };
}

test('a lease is extended long before its time is over, until it is let go', async (t) => {
  const { turn, asked, after, letGo } = keep(t, () => undefined);
  await after(LEASE_SECONDS / 2);
  assert.deepEqual(asked, [{ id: 7, verb: 'extend', lease: 'the-lease', leaseSeconds: LEASE_SECONDS }]);
  assert.equal(turn.endedBy(undefined), undefined);
  letGo();
  await after(10 * LEASE_SECONDS);
  assert.equal(asked.length, 1);
});

test('a turn that has lost its lease ends', async (t) => {
  const { turn, after } = keep(t, () => new HubError('lease_lost', 'It is not this one.'));
  await after(LEASE_SECONDS / 2);
  const ended = turn.endedBy(undefined);
  assert.ok(ended?.kind === 'interrupted' && ended.reason === 'lease_lost');
});

test('a database that fails for a while ends no turn', async (t) => {
  const { turn, logged, after, letGo } = keep(t, () => {
    throw new Error('the disk is full');
  });
  await after(LEASE_SECONDS / 2);
  assert.deepEqual(logged, ['a lease could not be extended']);
  assert.equal(turn.endedBy(undefined), undefined);
  letGo();
});
