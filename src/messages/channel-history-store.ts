import { sql } from 'kysely';
import { type Handle, statement } from '../db/statement.js';
import type { MessageRow } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

/** A message of a channel without what it brings. */
export type PastMessage = Pick<MessageRow, 'id' | 'type' | 'sender' | 'is_broadcast' | 'created_at' | 'expires_at'>;

/** How a message stands with its recipients, as far as one more of them must know. */
export interface Standing {
  /** Deliveries for the module that is asked about, and deliveries that were cancelled. */
  readonly own: number;
  readonly cancelled: number;
  /** When those that nobody has tried yet are due. */
  readonly due_at: number | null;
}

export interface HistoryPage {
  readonly channel: string;
  /** Keys, both outside of the page. */
  readonly above: number;
  readonly below: number;
  readonly limit: number;
}

const selectPage = statement<HistoryPage>()((db, p) =>
  db
    .selectFrom('messages')
    .select(['id', 'type', 'sender', 'is_broadcast', 'created_at', 'expires_at'])
    .where('channel', '=', p('channel'))
    .where('id', '>', p('above'))
    .where('id', '<', p('below'))
    .orderBy('id')
    .limit(p('limit')),
);

const selectLast = statement<{ channel: string }>()((db, p) =>
  db.selectFrom('messages').select('id').where('channel', '=', p('channel')).orderBy('id', 'desc').limit(1),
);

const selectStanding = statement<{ id: number; module: string }>()((db, p) =>
  db
    .selectFrom('deliveries')
    .select([
      sql<number>`count(case when module = ${p('module')} then 1 end)`.as('own'),
      sql<number>`count(case when state = 'cancelled' then 1 end)`.as('cancelled'),
      sql<number | null>`max(case when state = 'pending' and attempt = 0 then available_at end)`.as('due_at'),
    ])
    .where('message_id', '=', p('id')),
);

export const channelHistoryStore = {
  /** Oldest first. */
  page: (handle: Handle, page: HistoryPage): Awaitable<PastMessage[]> => handle.all(selectPage, page),
  last: (handle: Handle, channel: string): Awaitable<{ id: number } | undefined> =>
    handle.first(selectLast, { channel }),
  standing: async (handle: Handle, id: number, module: string): Promise<Standing> =>
    (await handle.first(selectStanding, { id, module })) ?? { own: 0, cancelled: 0, due_at: null },
};
