import { type RawBuilder, sql } from 'kysely';
import { isBlocked, isDead, isDelayed, isLeased, isReady } from '../db/open-delivery.js';
import { type Handle, statement } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

/** The head of the line of each priority is the oldest there; where senders take turns, the oldest but for a round. */
const selectOldestPending = statement<{ queue: string }>()((db, p) =>
  db
    .selectFrom('messages')
    .select(sql<number | null>`min(created_at)`.as('oldest_at'))
    .where(
      'id',
      'in',
      sql<number>`(with lines (priority) as (values (1), (2), (3), (4), (5), (6), (7), (8), (9), (10))
        select (select message_id from deliveries where queue = ${p('queue')} and deliveries.priority = lines.priority
          and ${isReady} order by rank, id limit 1) from lines)`,
    ),
);

const countOpen = statement<object>()((db) => {
  const count = (state: string, isCounted: RawBuilder<boolean>) =>
    db
      .selectFrom('deliveries')
      .select(['queue', sql.lit(state).as('state'), sql<number>`count(*)`.as('count')])
      .where(isCounted)
      .groupBy('queue');
  return count('pending', isReady)
    .unionAll(count('pending', isDelayed))
    .unionAll(count('pending', isBlocked))
    .unionAll(count('leased', isLeased))
    .unionAll(count('dead', isDead));
});

export const queueStore = {
  oldestPendingAt: async (handle: Handle, queue: string): Promise<number | undefined> =>
    (await handle.first(selectOldestPending, { queue }))?.oldest_at ?? undefined,
  counts: (handle: Handle): Awaitable<{ queue: string; state: string; count: number }[]> => handle.all(countOpen, {}),
};
