import { type Kysely, type RawBuilder, sql } from 'kysely';
import { isFree, isHeldBy, moduleInLine } from '../db/lease.js';
import { isAtHome } from '../db/node.js';
import { isBlocked, isDelayed, isLeased, isReady } from '../db/open-delivery.js';
import { type Handle, insertion, statement, type Transaction } from '../db/statement.js';
import type { DeliveryRow, MessageRow, Tables } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

export interface NewDeliveryRow {
  readonly message_id: number;
  readonly queue: string;
  readonly module: string | null;
  readonly availability: string;
  readonly available_at: number;
  readonly priority: number;
  readonly rank: number;
  readonly max_attempts: number;
  readonly ordering_key: string | null;
  readonly expires_at: number | null;
  readonly is_replayed: number;
}

/** A message with the delivery that brings it. */
export interface DueRow extends MessageRow {
  readonly delivery_id: number;
  readonly queue: string;
  /** At which it stands in line: the message's own, until it has waited for long. */
  readonly line_priority: number;
  readonly rank: number;
  readonly attempt: number;
  readonly is_replayed: number;
  readonly task_id: number | null;
}

const insertDelivery = insertion<NewDeliveryRow>()(
  'deliveries',
  (p) => ({
    message_id: p('message_id'),
    queue: p('queue'),
    module: p('module'),
    state: sql.lit('pending'),
    availability: p('availability'),
    available_at: p('available_at'),
    priority: p('priority'),
    rank: p('rank'),
    attempt: sql.lit(0),
    max_attempts: p('max_attempts'),
    ordering_key: p('ordering_key'),
    expires_at: p('expires_at'),
    is_replayed: p('is_replayed'),
  }),
  { isOnlyWay: true },
);

const selectOpenOfKey = statement<{ queue: string; key: string }>()((db, p) =>
  db
    .selectFrom('deliveries')
    .select('id')
    .where('queue', '=', p('queue'))
    .where('ordering_key', '=', p('key'))
    .where(sql<boolean>`state in ('pending', 'leased') and ordering_key is not null`)
    .orderBy('id')
    .limit(1),
);

/** What could be claimed from one queue, in the order in which it would be. */
const dueIn = (db: Kysely<Tables>, queue: RawBuilder<string>, now: RawBuilder<number>) =>
  db
    .selectFrom('deliveries')
    .innerJoin('messages', 'messages.id', 'deliveries.message_id')
    .selectAll('messages')
    .select(['deliveries.id as delivery_id', 'deliveries.queue', 'deliveries.priority as line_priority'])
    .select(['deliveries.rank', 'deliveries.attempt', 'deliveries.is_replayed', 'deliveries.task_id'])
    .where('deliveries.queue', '=', queue)
    .where(isFree(now))
    .orderBy('deliveries.priority', 'desc')
    .orderBy('deliveries.rank')
    .orderBy('deliveries.id');

const selectDue = statement<{ queue: string; now: number; limit: number }>()((db, p) =>
  dueIn(db, p('queue'), p('now')).limit(p('limit')),
);

const selectDueOfTypes = statement<{ queue: string; types: string; now: number; limit: number }>()(
  (db, p, { isOneOf }) =>
    dueIn(db, p('queue'), p('now'))
      .where(isOneOf('messages.type', p('types'), 'text'))
      .limit(p('limit')),
);

/** For an agent whose conversations may be with other hubs. */
const selectDueHere = statement<{ queue: string; now: number; limit: number; self: number; agent: string }>()((db, p) =>
  dueIn(db, p('queue'), p('now'))
    .where(isAtHome(p('self'), p('agent')))
    .limit(p('limit')),
);

export interface DueRequest {
  readonly queue: string;
  readonly types: readonly string[] | undefined;
  readonly now: number;
  readonly limit: number;
  /** Only what is not with another hub: see isAtHome. Takes no types. */
  readonly agent?: string | undefined;
}

interface LeaseParameters {
  readonly module: string;
  readonly lease: string;
  readonly now: number;
  readonly until: number;
}

/** All of a claim at once: one statement for a hundred rows costs half of a hundred statements. */
const leaseDeliveries = statement<LeaseParameters & { ids: string }>()((db, p, { isOneOf }) =>
  db
    .updateTable('deliveries')
    .set({
      state: 'leased',
      module: p('module'),
      lease: p('lease'),
      leased_at: p('now'),
      lease_expires_at: p('until'),
      attempt: sql`attempt + 1`,
    })
    .where(isOneOf('id', p('ids'), 'integer'))
    .where(isFree(p('now'))),
);

const selectDelivery = statement<{ id: number }>()((db, p) =>
  db.selectFrom('deliveries').selectAll().where('id', '=', p('id')),
);

const selectHeld = statement<{ id: number; lease: string; now: number }>()((db, p) =>
  db
    .selectFrom('deliveries')
    .selectAll()
    .where('id', '=', p('id'))
    .where(isHeldBy(p('lease'), p('now'))),
);

const noLease = { lease: null, lease_expires_at: null };

/** All that were claimed together: one statement for a hundred rows, as with the claim. */
const settleHeld = statement<{ ids: string; lease: string; now: number }>()((db, p, { isOneOf }) =>
  db
    .updateTable('deliveries')
    .set({ state: 'done', ...noLease, settled_at: p('now') })
    .where(isOneOf('id', p('ids'), 'integer'))
    .where(isHeldBy(p('lease'), p('now')))
    .returning(['id', 'message_id', 'queue', 'module', 'attempt', 'ordering_key', 'leased_at', 'task_id']),
);

const extendHeld = statement<{ id: number; lease: string; now: number; until: number }>()((db, p) =>
  db
    .updateTable('deliveries')
    .set({ lease_expires_at: p('until') })
    .where('id', '=', p('id'))
    .where(isHeldBy(p('lease'), p('now'))),
);

interface RequeueParameters {
  readonly id: number;
  readonly attempt: number;
  readonly availability: string;
  readonly at: number;
  readonly error: string | null;
}

const requeue = statement<RequeueParameters>()((db, p) =>
  db
    .updateTable('deliveries')
    .set({
      state: 'pending',
      availability: p('availability'),
      available_at: p('at'),
      attempt: p('attempt'),
      error: p('error'),
      module: moduleInLine(),
      ...noLease,
    })
    .where('id', '=', p('id'))
    .where('state', '=', 'leased'),
);

const settleOpen = statement<{ id: number; state: string; error: string | null; now: number }>()((db, p) =>
  db
    .updateTable('deliveries')
    .set({ state: p('state'), error: p('error'), settled_at: p('now'), ...noLease })
    .where('id', '=', p('id'))
    .where(sql<boolean>`state in ('pending', 'leased')`)
    .returning('availability'),
);

const unblock = statement<{ id: number; now: number }>()((db, p) =>
  db
    .updateTable('deliveries')
    .set({ availability: sql<string>`case when available_at > ${p('now')} then 'delayed' else 'ready' end` })
    .where('id', '=', p('id'))
    .where('state', '=', 'pending')
    .where('availability', '=', 'blocked')
    .returning(['id', 'queue', 'availability', 'available_at']),
);

const bringForward = statement<{ id: number }>()((db, p) =>
  db.updateTable('deliveries').set({ availability: 'ready' }).where('id', '=', p('id')).where('state', '=', 'pending'),
);

const selectOfMessage = statement<{ id: number }>()((db, p) =>
  db.selectFrom('deliveries').selectAll().where('message_id', '=', p('id')).orderBy('id'),
);

const selectOpenOfModule = statement<{ module: string }>()((db, p) => {
  const rows = db.selectFrom('deliveries').selectAll();
  const inbox = rows.where('queue', '=', p('module'));
  return inbox
    .where(isReady)
    .unionAll(inbox.where(isDelayed))
    .unionAll(inbox.where(isBlocked))
    .unionAll(rows.where(isLeased).where('module', '=', p('module')));
});

export type SettledDelivery = Pick<
  DeliveryRow,
  'id' | 'message_id' | 'queue' | 'module' | 'attempt' | 'ordering_key' | 'leased_at' | 'task_id'
>;

export const deliveryStore = {
  /** @returns their keys, in their order */
  insertAll: (tx: Transaction, rows: readonly NewDeliveryRow[]): Awaitable<number[]> =>
    tx.insertAll(insertDelivery, rows),
  find: (handle: Handle, id: number): Awaitable<DeliveryRow | undefined> => handle.first(selectDelivery, { id }),
  ofMessage: (handle: Handle, messageId: number): Awaitable<DeliveryRow[]> =>
    handle.all(selectOfMessage, { id: messageId }),
  /** Sorted here: the order in the statement would lead it through the whole table. */
  openOfModule: async (handle: Handle, module: string): Promise<DeliveryRow[]> =>
    (await handle.all(selectOpenOfModule, { module })).sort((a, b) => a.id - b.id),
  /** The earliest of a key that is not settled: the only one that may be out. */
  headOfKey: (handle: Handle, queue: string, key: string): Awaitable<{ id: number } | undefined> =>
    handle.first(selectOpenOfKey, { queue, key }),

  /** What could be claimed from one queue at `now`, in the order in which it would be. */
  due: (handle: Handle, { queue, types, now, limit, agent }: DueRequest): Awaitable<DueRow[]> =>
    agent !== undefined
      ? handle.all(selectDueHere, { queue, now, limit, agent, self: handle.nodeId })
      : types === undefined
        ? handle.all(selectDue, { queue, now, limit })
        : handle.all(selectDueOfTypes, { queue, types: JSON.stringify(types), now, limit }),

  lease: (tx: Transaction, ids: readonly number[], parameters: LeaseParameters): void =>
    tx.send(leaseDeliveries, { ids: JSON.stringify(ids), ...parameters }),
  held: (tx: Transaction, id: number, lease: string, now: number): Awaitable<DeliveryRow | undefined> =>
    tx.first(selectHeld, { id, lease, now }),
  /** @returns those that the lease held, in any order */
  complete: (tx: Transaction, ids: readonly number[], lease: string, now: number): Awaitable<SettledDelivery[]> =>
    tx.all(settleHeld, { ids: JSON.stringify(ids), lease, now }),
  extend: (tx: Transaction, parameters: { id: number; lease: string; now: number; until: number }): Awaitable<number> =>
    tx.run(extendHeld, parameters),
  requeue: (tx: Transaction, parameters: RequeueParameters): Awaitable<number> => tx.run(requeue, parameters),
  /** Ends an open delivery in a final state other than done. */
  settle: (
    tx: Transaction,
    parameters: { id: number; state: 'dead' | 'expired' | 'cancelled'; error: string | null; now: number },
  ): Awaitable<Pick<DeliveryRow, 'availability'> | undefined> => tx.first(settleOpen, parameters),
  unblock: (
    tx: Transaction,
    id: number,
    now: number,
  ): Awaitable<Pick<DeliveryRow, 'id' | 'queue' | 'availability' | 'available_at'> | undefined> =>
    tx.first(unblock, { id, now }),
  /** It can be claimed now, wherever it stood in line. 0 where it is pending no more. */
  bringForward: (tx: Transaction, id: number): Awaitable<number> => tx.run(bringForward, { id }),
};
