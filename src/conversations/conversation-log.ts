import type { Transaction } from '../db/statement.js';
import type { MessageRow } from '../db/tables.js';
import { searchWords, textsIn } from '../lib/search-words.js';
import { conversationTextStore } from './conversation-text-store.js';
import { participantStore } from './participant-store.js';

/** What a conversation keeps of its messages, in the transaction that sends them: who takes part, and the words to search for. */
export const recordMessages = async (tx: Transaction, messages: readonly MessageRow[]): Promise<void> => {
  await participantStore.joinBySending(
    tx,
    messages.map(({ id }) => id),
  );
  await conversationTextStore.insertAll(
    tx,
    messages.map(({ id, conversation_id, payload }) => ({
      message_id: id,
      conversation_id: conversation_id ?? '',
      words: searchWords(textsIn(JSON.parse(payload))),
    })),
  );
};
