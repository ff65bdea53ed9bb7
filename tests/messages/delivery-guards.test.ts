import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database as Connection } from 'better-sqlite3';
import type { Transaction } from '../../src/db/statement.js';
import type { Awaitable } from '../../src/lib/awaitable.js';
import { deadLetterStore } from '../../src/messages/dead-letter-store.js';
import {
  type DeliveryState,
  type DeliveryVerb,
  deliveryStates,
  moveDelivery,
} from '../../src/messages/delivery-state.js';
import { deliveryStore } from '../../src/messages/delivery-store.js';
import { connectBeside, openTestDatabase } from '../support/test-database.js';

// The guard in the WHERE of each UPDATE and the CHECK constraints say what the table of moves says.

const now = 1000;
const lease = 'the-lease';
const settle = (state: 'dead' | 'expired' | 'cancelled') => (tx: Transaction, id: number) =>
  deliveryStore.settle(tx, { id, state, error: null, now });
const requeue = (tx: Transaction, id: number) =>
  deliveryStore.requeue(tx, { id, attempt: 1, availability: 'ready', at: now, error: null });

/** How each verb moves the row; the answer says whether it did. */
const updates: Readonly<Record<DeliveryVerb, (tx: Transaction, id: number) => Awaitable<unknown>>> = {
  claim: async (tx, id) => {
    const before = await deliveryStore.find(tx, id);
    deliveryStore.lease(tx, [id], { module: 'Worker', lease, now, until: now + 1 });
    return (await deliveryStore.find(tx, id))?.attempt !== before?.attempt;
  },
  complete: async (tx, id) => (await deliveryStore.complete(tx, [id], lease, now)).length,
  retry: requeue,
  release: requeue,
  bury: settle('dead'),
  expire: settle('expired'),
  cancel: settle('cancelled'),
  redrive: (tx, id) => deadLetterStore.redrive(tx, id, now, 'ready'),
};

const insert = (connection: Connection, state: DeliveryState): number => {
  const isLeased = state === 'leased';
  const isOpen = isLeased || state === 'pending';
  const row = {
    message_id: 1,
    queue: 'Worker',
    module: 'Worker',
    state,
    availability: 'ready',
    available_at: 0,
    priority: 5,
    rank: 0,
    attempt: 1,
    max_attempts: 3,
    lease: isLeased ? lease : null,
    lease_expires_at: isLeased ? now + 1 : null,
    settled_at: isOpen ? null : 0,
    is_replayed: 0,
  };
  const names = Object.keys(row);
  const values = names.map((name) => `@${name}`);
  return Number(connection.prepare(`insert into deliveries (${names}) values (${values})`).run(row).lastInsertRowid);
};

test('every UPDATE moves exactly the states that its verb may move', async (t) => {
  const { database, folder } = await openTestDatabase(t);
  const beside = connectBeside(t, folder);
  const rowOf = beside.prepare<[number], { state: DeliveryState }>('select * from deliveries where id = ?');
  for (const [verb, update] of Object.entries(updates) as [DeliveryVerb, (typeof updates)[DeliveryVerb]][]) {
    for (const state of deliveryStates) {
      const id = insert(beside, state);
      const row = rowOf.get(id);
      const moved = await database.write(async (tx) => Boolean(await update(tx, id)));
      const next = moveDelivery(state, verb);
      const what = `${verb} of a ${state} delivery`;
      assert.equal(moved, next !== undefined, what);
      if (next === undefined) assert.deepEqual(rowOf.get(id), row, `${what} changed the row`);
      else assert.equal(rowOf.get(id)?.state, next, what);
    }
  }
});

test('a state that is changed past the verbs, and leaves a lease or a settling time wrong, is refused', async (t) => {
  const { folder } = await openTestDatabase(t);
  const beside = connectBeside(t, folder);
  const change = beside.prepare<[string, number]>('update deliveries set state = ? where id = ?');
  for (const from of deliveryStates) {
    for (const to of deliveryStates) {
      const id = insert(beside, from);
      const isHarmless = shape(from) === shape(to);
      if (isHarmless) assert.equal(change.run(to, id).changes, 1);
      else assert.throws(() => change.run(to, id), { code: 'SQLITE_CONSTRAINT_CHECK' }, `${from} -> ${to}`);
    }
  }
});

/** What the columns beside the state must be. */
const shape = (state: DeliveryState): string => (state === 'pending' || state === 'leased' ? state : 'settled');
