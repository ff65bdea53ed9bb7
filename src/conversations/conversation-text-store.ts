import type { ConversationTextTable } from '../db/conversation-tables.js';
import { insertion, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

type NewText = Omit<ConversationTextTable, 'id'>;

const insertText = insertion<NewText>()('conversation_texts', (p) => ({
  message_id: p('message_id'),
  conversation_id: p('conversation_id'),
  words: p('words'),
}));
const deleteTitle = statement<{ id: string }>()((db, p) =>
  db.deleteFrom('conversation_texts').where('conversation_id', '=', p('id')).where('message_id', 'is', null),
);

/** What a search looks through. The texts of messages go with the messages. */
export const conversationTextStore = {
  insertAll: (tx: Transaction, texts: readonly NewText[]): Awaitable<number[]> => tx.insertAll(insertText, texts),
  removeTitle: (tx: Transaction, id: string): Awaitable<number> => tx.run(deleteTitle, { id }),
};
