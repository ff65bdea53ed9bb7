import { sql } from 'kysely';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { DeliveryRow } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

const selectOpen = statement<{ conversation: string; limit: number }>()((db, p) =>
  db
    .selectFrom('messages')
    .innerJoin('deliveries', 'deliveries.message_id', 'messages.id')
    .selectAll('deliveries')
    .where('messages.conversation_id', '=', p('conversation'))
    .where('messages.conversation_id', 'is not', null)
    .where(sql<boolean>`deliveries.state in ('pending', 'leased')`)
    .orderBy('deliveries.id')
    .limit(p('limit')),
);
/** What is open is not over: it is cancelled first. */
const selectMessages = statement<{ conversation: string; limit: number }>()((db, p) =>
  db
    .selectFrom('messages')
    .select('id')
    .where('conversation_id', '=', p('conversation'))
    .where('conversation_id', 'is not', null)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('deliveries')
            .select('deliveries.id')
            .whereRef('message_id', '=', 'messages.id')
            .where(sql<boolean>`deliveries.state in ('pending', 'leased')`),
        ),
      ),
    )
    .orderBy('id')
    .limit(p('limit')),
);
const selectDead = statement<{ messages: string }>()((db, p, { isOneOf }) =>
  db
    .selectFrom('deliveries')
    .selectAll()
    .where(isOneOf('message_id', p('messages'), 'integer'))
    .where('state', '=', 'dead'),
);
const deleteAttempts = statement<{ messages: string }>()((db, p, { isOneOf }) =>
  db.deleteFrom('attempts').where('delivery_id', 'in', (of) =>
    of
      .selectFrom('deliveries')
      .select('id')
      .where(isOneOf('message_id', p('messages'), 'integer')),
  ),
);
const deleteDeliveries = statement<{ messages: string }>()((db, p, { isOneOf }) =>
  db.deleteFrom('deliveries').where(isOneOf('message_id', p('messages'), 'integer')),
);
const deleteTexts = statement<{ messages: string }>()((db, p, { isOneOf }) =>
  db.deleteFrom('conversation_texts').where(isOneOf('message_id', p('messages'), 'integer')),
);
const deleteMessages = statement<{ messages: string }>()((db, p, { isOneOf }) =>
  db.deleteFrom('messages').where(isOneOf('id', p('messages'), 'integer')),
);

/** The messages of one conversation, to remove them. */
export const conversationMessageStore = {
  open: (handle: Handle, conversation: string, limit: number): Awaitable<DeliveryRow[]> =>
    handle.all(selectOpen, { conversation, limit }),
  first: async (handle: Handle, conversation: string, limit: number): Promise<number[]> =>
    (await handle.all(selectMessages, { conversation, limit })).map(({ id }) => id),
  dead: (handle: Handle, messages: readonly number[]): Awaitable<DeliveryRow[]> =>
    handle.all(selectDead, { messages: JSON.stringify(messages) }),
  /** With their deliveries, attempts and searched texts. */
  remove: async (tx: Transaction, ids: readonly number[]): Promise<void> => {
    const messages = JSON.stringify(ids);
    await tx.run(deleteAttempts, { messages });
    await tx.run(deleteDeliveries, { messages });
    await tx.run(deleteTexts, { messages });
    await tx.run(deleteMessages, { messages });
  },
};
