import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import type { ConversationTable } from '../db/conversation-tables.js';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Tables } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { ConversationFilter } from './conversation-types.js';

export type ConversationRow = Selectable<ConversationTable>;
export type NewConversationRow = Omit<ConversationRow, 'key' | 'state'>;

const insertConversation = statement<NewConversationRow>()((db, p) =>
  db.insertInto('conversations').values({
    id: p('id'),
    default_sender: p('default_sender'),
    default_agent: p('default_agent'),
    created_at: p('created_at'),
    title: p('title'),
    state: sql.lit('active'),
    updated_at: p('updated_at'),
    forked_from: p('forked_from'),
    forked_after: p('forked_after'),
  }),
);
const nameByKey = statement<{ key: number; id: string }>()((db, p) =>
  db
    .updateTable('conversations')
    .set({ id: p('id') })
    .where('key', '=', p('key')),
);
const selectById = statement<{ id: string }>()((db, p) =>
  db.selectFrom('conversations').selectAll().where('id', '=', p('id')),
);
const selectDefault = statement<{ sender: string; agent: string }>()((db, p) =>
  db
    .selectFrom('conversations')
    .selectAll()
    .where('default_sender', '=', p('sender'))
    .where('default_agent', '=', p('agent')),
);
const setTitle = statement<{ id: string; title: string | null; now: number }>()((db, p) =>
  db
    .updateTable('conversations')
    .set({ title: p('title'), updated_at: p('now') })
    .where('id', '=', p('id')),
);
const archive = statement<{ id: string; now: number }>()((db, p) =>
  db
    .updateTable('conversations')
    .set({ state: 'archived', updated_at: p('now'), default_sender: null, default_agent: null })
    .where('id', '=', p('id'))
    .where('state', '=', 'active'),
);
const reopen = statement<{ id: string; now: number }>()((db, p) =>
  db
    .updateTable('conversations')
    .set({ state: 'active', updated_at: p('now') })
    .where('id', '=', p('id'))
    .where('state', '=', 'archived'),
);
const selectForks = statement<{ id: string }>()((db, p) =>
  db
    .selectFrom('conversations')
    .select('id')
    .where('forked_from', '=', p('id'))
    .where('forked_from', 'is not', null)
    .orderBy('key'),
);
const deleteConversation = statement<{ id: string }>()((db, p) =>
  db.deleteFrom('conversations').where('id', '=', p('id')),
);
interface ListParameters {
  /** Empty for any. */
  readonly module: string;
  readonly state: string;
  readonly below: number;
  readonly limit: number;
}

const listed = (db: Kysely<Tables>, p: <K extends keyof ListParameters>(name: K) => RawBuilder<ListParameters[K]>) =>
  db
    .selectFrom('conversations')
    .selectAll()
    .where('key', '<', p('below'))
    .where(sql<boolean>`(${p('state')} = '' or state = ${p('state')})`)
    .where(
      sql<boolean>`(${p('module')} = '' or exists (select 1 from conversation_participants as present
        where present.module = ${p('module')} and present.conversation_id = conversations.id))`,
    )
    .orderBy('key', 'desc')
    .limit(p('limit'));

const selectConversations = statement<ListParameters>()((db, p) => listed(db, p));
const selectOfIds = statement<ListParameters & { ids: string }>()((db, p, { isOneOf }) =>
  listed(db, p).where(isOneOf('id', p('ids'), 'text')),
);

export const conversationStore = {
  insert: (tx: Transaction, row: NewConversationRow): Awaitable<number> => tx.insert(insertConversation, row),
  /** Gives the id that is made of the key. */
  name: (tx: Transaction, key: number, id: string): Awaitable<number> => tx.run(nameByKey, { key, id }),
  find: (handle: Handle, id: string): Awaitable<ConversationRow | undefined> => handle.first(selectById, { id }),
  findDefault: (handle: Handle, sender: string, agent: string): Awaitable<ConversationRow | undefined> =>
    handle.first(selectDefault, { sender, agent }),
  setTitle: (tx: Transaction, id: string, title: string | null, now: number): Awaitable<number> =>
    tx.run(setTitle, { id, title, now }),
  /** It is nobody's default from here on. 0 where it is archived already. */
  archive: (tx: Transaction, id: string, now: number): Awaitable<number> => tx.run(archive, { id, now }),
  reopen: (tx: Transaction, id: string, now: number): Awaitable<number> => tx.run(reopen, { id, now }),
  forksOf: async (handle: Handle, id: string): Promise<string[]> =>
    (await handle.all(selectForks, { id })).map((fork) => fork.id),
  remove: (tx: Transaction, id: string): Awaitable<number> => tx.run(deleteConversation, { id }),

  /** Newest first. */
  list: (handle: Handle, filter: ConversationFilter, limit: number): Awaitable<ConversationRow[]> => {
    const { module = '', state = '', below = Number.MAX_SAFE_INTEGER, ids } = filter;
    const parameters = { module, state, below, limit };
    return ids === undefined
      ? handle.all(selectConversations, parameters)
      : handle.all(selectOfIds, { ...parameters, ids: JSON.stringify(ids) });
  },
};
