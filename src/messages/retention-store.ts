import { sql } from 'kysely';
import { isOpenOrDead } from '../db/open-delivery.js';
import { statement, type Transaction } from '../db/statement.js';

interface Window {
  readonly from: number;
  readonly upTo: number;
  /** Those sent before this instant, or with a key up to this one, are not kept. */
  readonly before: number;
  readonly tooManyUpTo: number;
  readonly limit: number;
}

/** Over and old. A dead letter is not over: it is kept until it is redriven or deleted. */
const selectOver = statement<Window>()((db, p) =>
  db
    .selectFrom('messages')
    .select('id')
    .where('id', '>=', p('from'))
    .where('id', '<=', p('upTo'))
    .where((where) => where.or([where('created_at', '<', p('before')), where('id', '<=', p('tooManyUpTo'))]))
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('deliveries')
            .select('deliveries.id')
            .whereRef('message_id', '=', 'messages.id')
            .where(isOpenOrDead),
        ),
      ),
    )
    .orderBy('id')
    .limit(p('limit')),
);
const selectNext = statement<{ above: number }>()((db, p) =>
  db
    .selectFrom('messages')
    .select((of) => ['id', 'created_at', of.selectFrom('messages').select(sql<number>`max(id)`.as('last')).as('last')])
    .where('id', '>', p('above'))
    .orderBy('id')
    .limit(1),
);
const deleteAttempts = statement<{ id: number }>()((db, p) =>
  db
    .deleteFrom('attempts')
    .where('delivery_id', 'in', (of) => of.selectFrom('deliveries').select('id').where('message_id', '=', p('id'))),
);
const deleteDeliveries = statement<{ id: number }>()((db, p) =>
  db.deleteFrom('deliveries').where('message_id', '=', p('id')),
);
const deleteText = statement<{ id: number }>()((db, p) =>
  db.deleteFrom('conversation_texts').where('message_id', '=', p('id')),
);
const deleteMessage = statement<{ id: number }>()((db, p) => db.deleteFrom('messages').where('id', '=', p('id')));

export const retentionStore = {
  /** The first message above a key, and the key of the last of all. */
  next: async (
    tx: Transaction,
    above: number,
  ): Promise<{ id: number; created_at: number; last: number } | undefined> => {
    const next = await tx.first(selectNext, { above });
    return next === undefined ? undefined : { ...next, last: next.last ?? next.id };
  },
  over: async (tx: Transaction, window: Window): Promise<number[]> =>
    (await tx.all(selectOver, window)).map(({ id }) => id),
  /** With its deliveries, their attempts, and what is searched of it. @returns how many rows */
  remove: async (tx: Transaction, id: number): Promise<number> =>
    (await tx.run(deleteAttempts, { id })) +
    (await tx.run(deleteDeliveries, { id })) +
    (await tx.run(deleteText, { id })) +
    (await tx.run(deleteMessage, { id })),
};
