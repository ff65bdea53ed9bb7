import { type Handle, insertion, statement, type Transaction } from '../db/statement.js';
import type { MessageRow } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { MessageFilter } from './message-types.js';

export type NewMessageRow = Omit<MessageRow, 'id'>;

const insertMessage = insertion<NewMessageRow>()(
  'messages',
  (p) => ({
    type: p('type'),
    sender: p('sender'),
    recipient: p('recipient'),
    capability: p('capability'),
    channel: p('channel'),
    is_broadcast: p('is_broadcast'),
    priority: p('priority'),
    payload: p('payload'),
    correlation_id: p('correlation_id'),
    conversation_id: p('conversation_id'),
    ordering_key: p('ordering_key'),
    reply_to: p('reply_to'),
    headers: p('headers'),
    signature: p('signature'),
    max_attempts: p('max_attempts'),
    created_at: p('created_at'),
    expires_at: p('expires_at'),
  }),
  { isOnlyWay: true },
);

const selectMessage = statement<{ id: number }>()((db, p) =>
  db.selectFrom('messages').selectAll().where('id', '=', p('id')),
);

const selectReply = statement<{ id: number }>()((db, p) =>
  db
    .selectFrom('messages')
    .selectAll()
    .where('reply_to', '=', p('id'))
    .where('reply_to', 'is not', null)
    .orderBy('id')
    .limit(1),
);

export const messageStore = {
  /** @returns their keys, in their order */
  insertAll: (tx: Transaction, rows: readonly NewMessageRow[]): Awaitable<number[]> =>
    tx.insertAll(insertMessage, rows),
  find: (handle: Handle, id: number): Awaitable<MessageRow | undefined> => handle.first(selectMessage, { id }),
  /** The first answer to a message. */
  reply: (handle: Handle, id: number): Awaitable<MessageRow | undefined> => handle.first(selectReply, { id }),

  /** Newest first. */
  list: (handle: Handle, filter: MessageFilter, limit: number): Promise<MessageRow[]> => {
    const query = filtered(handle, filter).orderBy('id', 'desc').limit(limit);
    return (filter.below === undefined ? query : query.where('id', '<', filter.below)).execute();
  },
};

const filtered = (handle: Handle, filter: MessageFilter) => {
  let query = handle.kysely.selectFrom('messages').selectAll();
  if (filter.from !== undefined) query = query.where('sender', '=', filter.from);
  if (filter.to !== undefined) query = query.where('recipient', '=', filter.to);
  if (filter.channel !== undefined) query = query.where('channel', '=', filter.channel);
  if (filter.type !== undefined) query = query.where('type', '=', filter.type);
  if (filter.correlationId !== undefined) query = query.where('correlation_id', '=', filter.correlationId);
  if (filter.conversationId !== undefined) query = query.where('conversation_id', '=', filter.conversationId);
  if (filter.after !== undefined) query = query.where('created_at', '>', filter.after);
  if (filter.before !== undefined) query = query.where('created_at', '<', filter.before);
  if (filter.q !== undefined) query = query.where('payload', 'like', `%${filter.q.replaceAll(/[%_\\]/g, '')}%`);
  const { state } = filter;
  if (state === undefined) return query;
  return query.where((where) =>
    where.exists(
      where
        .selectFrom('deliveries')
        .select('deliveries.id')
        .whereRef('message_id', '=', 'messages.id')
        .where('deliveries.state', '=', state),
    ),
  );
};
