import { sql } from 'kysely';
import { moduleInLine } from '../db/lease.js';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { AttemptRow, DeliveryRow } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

const redrive = statement<{ id: number; now: number; availability: string }>()((db, p) =>
  db
    .updateTable('deliveries')
    .set({
      state: 'pending',
      availability: p('availability'),
      available_at: p('now'),
      attempt: 0,
      settled_at: null,
      module: moduleInLine(),
    })
    .where('id', '=', p('id'))
    .where('state', '=', 'dead'),
);

const deleteDead = statement<{ id: number }>()((db, p) =>
  db.deleteFrom('deliveries').where('id', '=', p('id')).where('state', '=', 'dead'),
);

const deleteAttempts = statement<{ id: number }>()((db, p) =>
  db.deleteFrom('attempts').where('delivery_id', '=', p('id')),
);

const insertAttempt = statement<Omit<AttemptRow, 'id'>>()((db, p) =>
  db.insertInto('attempts').values({
    delivery_id: p('delivery_id'),
    attempt: p('attempt'),
    holder: p('holder'),
    started_at: p('started_at'),
    ended_at: p('ended_at'),
    outcome: p('outcome'),
    error: p('error'),
  }),
);

const selectAttempts = statement<{ id: number }>()((db, p) =>
  db.selectFrom('attempts').selectAll().where('delivery_id', '=', p('id')).orderBy('id'),
);

export const deadLetterStore = {
  redrive: (tx: Transaction, id: number, now: number, availability: string): Awaitable<number> =>
    tx.run(redrive, { id, now, availability }),
  attempts: (handle: Handle, id: number): Awaitable<AttemptRow[]> => handle.all(selectAttempts, { id }),
  insertAttempt: (tx: Transaction, row: Omit<AttemptRow, 'id'>): Awaitable<number> => tx.insert(insertAttempt, row),
  /** Newest first. */
  dead: (
    handle: Handle,
    filter: {
      ids?: readonly number[] | undefined;
      module?: string | undefined;
      type?: string | undefined;
      before?: number | undefined;
    },
    below: number,
    limit: number,
  ): Promise<DeliveryRow[]> => {
    let query = handle.kysely
      .selectFrom('deliveries')
      .selectAll('deliveries')
      .where('deliveries.state', '=', sql.lit('dead'))
      .where('deliveries.id', '<', below);
    if (filter.ids !== undefined) query = query.where('deliveries.id', 'in', [...filter.ids, 0]);
    if (filter.module !== undefined) query = query.where('deliveries.module', '=', filter.module);
    if (filter.before !== undefined) query = query.where('deliveries.settled_at', '<', filter.before);
    const { type } = filter;
    if (type !== undefined) {
      query = query.where((where) =>
        where.exists(
          where
            .selectFrom('messages')
            .select('messages.id')
            .whereRef('messages.id', '=', 'message_id')
            .where('type', '=', type),
        ),
      );
    }
    return query.orderBy('deliveries.id', 'desc').limit(limit).execute();
  },
  /** With its attempts. */
  removeDead: async (tx: Transaction, id: number): Promise<void> => {
    await tx.run(deleteAttempts, { id });
    await tx.run(deleteDead, { id });
  },
};
