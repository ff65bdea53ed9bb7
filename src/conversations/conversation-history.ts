import type { Handle } from '../db/statement.js';
import { conversationNotFound } from './conversation-not-found.js';
import { conversationStore } from './conversation-store.js';
import type { HistorySpan } from './conversation-types.js';

/** A fork of a fork of so many: further back its history is not read. */
const MOST_FORKS = 50;

/**
 * Whose messages make the history of a conversation, its own first: of a fork also those of where it was forked from, up to the fork.
 * @throws conversation_not_found
 */
export const historyOf = async (handle: Handle, id: string): Promise<HistorySpan[]> => {
  const spans: HistorySpan[] = [];
  let upTo: number | undefined;
  for (let next: string | null = id; next !== null && spans.length <= MOST_FORKS; ) {
    const row = await conversationStore.find(handle, next);
    if (row === undefined) {
      if (spans.length > 0) break;
      throw conversationNotFound(id);
    }
    spans.push({ conversationId: row.id, upTo });
    upTo = Math.min(upTo ?? Number.MAX_SAFE_INTEGER, row.forked_after ?? 0);
    next = row.forked_from;
  }
  return spans;
};
