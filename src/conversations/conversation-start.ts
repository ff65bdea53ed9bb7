import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import { toPublicId } from '../lib/public-id.js';
import { randomToken } from '../lib/random-token.js';
import { searchWords } from '../lib/search-words.js';
import { conversationStore } from './conversation-store.js';
import { conversationTextStore } from './conversation-text-store.js';

export interface ConversationStart {
  /** Of one's own; else the hub gives one. */
  readonly id?: string | undefined;
  readonly title?: string | null;
  /** Whose conversation by default it is. */
  readonly defaultOf?: { readonly sender: string; readonly agent: string };
  readonly fork?: { readonly of: string; readonly after: number };
  readonly now: number;
}

/** The row, what is searched of it, and the event. @returns its id */
export const startConversation = async (
  tx: Transaction,
  events: EventStore,
  { id: ownId, title = null, defaultOf, fork, now }: ConversationStart,
): Promise<string> => {
  const key = await conversationStore.insert(tx, {
    id: ownId ?? `new:${randomToken(12)}`,
    default_sender: defaultOf?.sender ?? null,
    default_agent: defaultOf?.agent ?? null,
    created_at: now,
    title,
    updated_at: now,
    forked_from: fork?.of ?? null,
    forked_after: fork?.after ?? null,
  });
  const id = ownId ?? toPublicId('conv', key);
  if (ownId === undefined) await conversationStore.name(tx, key, id);
  if (title !== null) await addTitle(tx, id, title);
  const data = { ...defaultOf, ...(title === null ? {} : { title }) };
  await events.append(tx, { type: 'conversation.created', at: now, conversationId: id, data });
  return id;
};

export const reopenConversation = async (
  tx: Transaction,
  events: EventStore,
  id: string,
  now: number,
): Promise<void> => {
  if ((await conversationStore.reopen(tx, id, now)) === 0) return;
  await events.append(tx, { type: 'conversation.reopened', at: now, conversationId: id, data: {} });
};

export const setTitle = async (tx: Transaction, id: string, title: string | null, now: number): Promise<void> => {
  await conversationStore.setTitle(tx, id, title, now);
  await conversationTextStore.removeTitle(tx, id);
  if (title !== null) await addTitle(tx, id, title);
};

const addTitle = async (tx: Transaction, id: string, title: string): Promise<void> => {
  await conversationTextStore.insertAll(tx, [{ message_id: null, conversation_id: id, words: searchWords(title) }]);
};
