import { sql } from 'kysely';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { DeliveryRow } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

const promoteDelayed = statement<{ now: number }>()((db, p) =>
  db
    .updateTable('deliveries')
    .set({ availability: 'ready' })
    .where(sql<boolean>`state = 'pending' and availability = 'delayed'`)
    .where('available_at', '<=', p('now'))
    .returning(['id', 'queue']),
);

const selectNextDelayed = statement<object>()((db) =>
  db
    .selectFrom('deliveries')
    .select('available_at')
    .where(sql<boolean>`state = 'pending' and availability = 'delayed'`)
    .orderBy('available_at')
    .limit(1),
);

const selectLeasesOver = statement<{ now: number; limit: number }>()((db, p) =>
  db
    .selectFrom('deliveries')
    .selectAll()
    .where('state', '=', sql.lit('leased'))
    .where('lease_expires_at', '<=', p('now'))
    .orderBy('lease_expires_at')
    .limit(p('limit')),
);

const selectExpired = statement<{ now: number; limit: number }>()((db, p) =>
  db
    .selectFrom('deliveries')
    .selectAll()
    .where(sql<boolean>`state in ('pending', 'leased') and expires_at is not null`)
    .where('expires_at', '<=', p('now'))
    .orderBy('expires_at')
    .limit(p('limit')),
);

/** Deliveries whose time has come: to be ready, to be rescued, to expire. */
export const timedDeliveryStore = {
  promoteDelayed: (tx: Transaction, now: number): Awaitable<{ id: number; queue: string }[]> =>
    tx.all(promoteDelayed, { now }),
  nextDelayed: (handle: Handle): Awaitable<{ available_at: number } | undefined> => handle.first(selectNextDelayed, {}),
  leasesOver: (handle: Handle, now: number, limit: number): Awaitable<DeliveryRow[]> =>
    handle.all(selectLeasesOver, { now, limit }),
  expired: (handle: Handle, now: number, limit: number): Awaitable<DeliveryRow[]> =>
    handle.all(selectExpired, { now, limit }),
};
