import { sql } from 'kysely';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

const followDeliveries = statement<{ ids: string; task: number }>()((db, p, { isOneOf }) =>
  db
    .updateTable('deliveries')
    .set({ task_id: p('task') })
    .where(isOneOf('id', p('ids'), 'integer')),
);
const countStates = statement<{ message: number; task: number }>()((db, p) =>
  db
    .selectFrom('deliveries')
    .select(['state', sql<number>`count(*)`.as('count')])
    .where('message_id', '=', p('message'))
    .where('task_id', '=', p('task'))
    .groupBy('state'),
);

/** Deliveries that a task follows. */
export const followedDeliveryStore = {
  follow: (tx: Transaction, ids: readonly number[], task: number): Awaitable<number> =>
    tx.run(followDeliveries, { ids: JSON.stringify(ids), task }),
  tally: async (handle: Handle, message: number, task: number): Promise<Record<string, number>> =>
    Object.fromEntries((await handle.all(countStates, { message, task })).map(({ state, count }) => [state, count])),
};
