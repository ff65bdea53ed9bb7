import { type Handle, statement } from '../db/statement.js';
import type { MessageRow } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { HistoryPage, HistorySpan } from './conversation-types.js';

export interface MessageCount {
  readonly conversation_id: string | null;
  readonly count: number;
  readonly last_id: number | null;
}

export interface Match {
  readonly conversation_id: string;
  readonly message_id: number | null;
}

const countMessages = statement<{ ids: string }>()((db, p, { isOneOf }) =>
  db
    .selectFrom('messages')
    .select((of) => ['conversation_id', of.fn.countAll<number>().as('count'), of.fn.max('id').as('last_id')])
    .where(isOneOf('conversation_id', p('ids'), 'text'))
    .where('conversation_id', 'is not', null)
    .groupBy('conversation_id'),
);
const selectSentAt = statement<{ ids: string }>()((db, p, { isOneOf }) =>
  db
    .selectFrom('messages')
    .select(['conversation_id', 'created_at'])
    .where(isOneOf('id', p('ids'), 'integer')),
);
const selectMatches = statement<{ words: string }>()((db, p, { hasWords }) =>
  db
    .selectFrom('conversation_texts')
    .select((text) => ['conversation_id', text.fn.max('message_id').as('message_id')])
    .where(hasWords('conversation_texts', p('words')))
    .groupBy('conversation_id'),
);
const selectPayloads = statement<{ ids: string }>()((db, p, { isOneOf }) =>
  db
    .selectFrom('messages')
    .select(['id', 'payload'])
    .where(isOneOf('id', p('ids'), 'integer')),
);

const inSpans = (handle: Handle, spans: readonly HistorySpan[]) =>
  handle.kysely
    .selectFrom('messages')
    .where('conversation_id', 'is not', null)
    .where((where) =>
      where.or(
        spans.map(({ conversationId, upTo }) =>
          where.and([
            where('conversation_id', '=', conversationId),
            ...(upTo === undefined ? [] : [where('id', '<=', upTo)]),
          ]),
        ),
      ),
    );

/** The messages of conversations, as their histories need them. */
export const historyStore = {
  counts: (handle: Handle, ids: readonly string[]): Awaitable<MessageCount[]> =>
    handle.all(countMessages, { ids: JSON.stringify(ids) }),
  sentAt: (
    handle: Handle,
    ids: readonly number[],
  ): Awaitable<{ conversation_id: string | null; created_at: number }[]> =>
    handle.all(selectSentAt, { ids: JSON.stringify(ids) }),
  /** The conversations in which all the words stand, each with the newest message that has them; null where that is its title. */
  matches: (handle: Handle, words: string): Awaitable<Match[]> => handle.all(selectMatches, { words }),
  payloads: (handle: Handle, ids: readonly number[]): Awaitable<{ id: number; payload: string }[]> =>
    handle.all(selectPayloads, { ids: JSON.stringify(ids) }),

  /** The messages of all spans together. */
  page: async (
    handle: Handle,
    spans: readonly HistorySpan[],
    { order, limit, after }: HistoryPage,
  ): Promise<MessageRow[]> => {
    let query = inSpans(handle, spans).selectAll().orderBy('id', order).limit(limit);
    if (after !== undefined) query = query.where('id', order === 'asc' ? '>' : '<', after);
    return await query.execute();
  },

  /** The newest of those before a message, newest first, and how many there are: sent before it, or replies to what was. */
  before: async (
    handle: Handle,
    spans: readonly HistorySpan[],
    { messageId, limit }: { readonly messageId: number; readonly limit: number },
  ): Promise<{ readonly rows: MessageRow[]; readonly count: number }> => {
    const before = inSpans(handle, spans)
      .where('id', '!=', messageId)
      .where((where) => where.or([where('id', '<', messageId), where('reply_to', '<', messageId)]));
    const rows = await before.selectAll().orderBy('id', 'desc').limit(limit).execute();
    if (rows.length < limit) return { rows, count: rows.length };
    const counted = await before.select((of) => of.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
    return { rows, count: Number(counted.count) };
  },

  isIn: async (handle: Handle, spans: readonly HistorySpan[], messageId: number): Promise<boolean> => {
    const [row] = await historyStore.page(handle, spans, { order: 'asc', limit: 1, after: messageId - 1 });
    return row?.id === messageId;
  },
};
