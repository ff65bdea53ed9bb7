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

export interface Ageing {
  readonly queue: string;
  readonly priority: number;
  /** Those that stand in line since before this instant. */
  readonly before: number;
  readonly limit: number;
}

/** Looks at the head of the line only: the oldest stand there. */
const selectAged = statement<Ageing>()((db, p) =>
  db
    .selectFrom('deliveries')
    .innerJoin('messages', 'messages.id', 'deliveries.message_id')
    .select(['deliveries.id', 'messages.sender'])
    .where('deliveries.available_at', '<', p('before'))
    .where('deliveries.id', 'in', (head) =>
      head
        .selectFrom('deliveries')
        .select('id')
        .where('queue', '=', p('queue'))
        .where('priority', '=', p('priority'))
        .where(sql<boolean>`state = 'pending' and availability = 'ready'`)
        .orderBy('rank')
        .orderBy('id')
        .limit(p('limit')),
    )
    .orderBy('deliveries.rank')
    .orderBy('deliveries.id'),
);

/** Counted from now, it has stood in line at its new priority for no time. */
const raisePriority = statement<{ id: number; rank: number; now: number }>()((db, p) =>
  db
    .updateTable('deliveries')
    .set({ priority: sql`priority + 1`, rank: p('rank'), available_at: p('now') })
    .where('id', '=', p('id')),
);

/** Deliveries whose time has come: to be ready, to be rescued, to expire. */
export const timedDeliveryStore = {
  aged: (handle: Handle, ageing: Ageing): Awaitable<{ id: number; sender: string }[]> => handle.all(selectAged, ageing),
  raise: (tx: Transaction, raised: { id: number; rank: number; now: number }): Awaitable<number> =>
    tx.run(raisePriority, raised),
  promoteDelayed: (tx: Transaction, now: number): Awaitable<{ id: number; queue: string }[]> =>
    tx.all(promoteDelayed, { now }),
  nextDelayed: (handle: Handle): Awaitable<{ available_at: number } | undefined> => handle.first(selectNextDelayed, {}),
  leasesOver: (handle: Handle, now: number, limit: number): Awaitable<DeliveryRow[]> =>
    handle.all(selectLeasesOver, { now, limit }),
  expired: (handle: Handle, now: number, limit: number): Awaitable<DeliveryRow[]> =>
    handle.all(selectExpired, { now, limit }),
};
