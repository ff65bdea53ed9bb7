import type { Selectable } from 'kysely';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { ConversationTable } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

export type ConversationRow = Selectable<ConversationTable>;

const insertConversation = statement<Omit<ConversationRow, 'key'>>()((db, p) =>
  db.insertInto('conversations').values({
    id: p('id'),
    default_sender: p('default_sender'),
    default_agent: p('default_agent'),
    created_at: p('created_at'),
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

export const conversationStore = {
  insert: (tx: Transaction, row: Omit<ConversationRow, 'key'>): Awaitable<number> => tx.insert(insertConversation, row),
  /** Gives the id that is made of the key. */
  name: (tx: Transaction, key: number, id: string): Awaitable<number> => tx.run(nameByKey, { key, id }),
  find: (handle: Handle, id: string): Awaitable<ConversationRow | undefined> => handle.first(selectById, { id }),
  findDefault: (handle: Handle, sender: string, agent: string): Awaitable<ConversationRow | undefined> =>
    handle.first(selectDefault, { sender, agent }),
};
