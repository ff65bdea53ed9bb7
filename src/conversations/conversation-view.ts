import type { Handle } from '../db/statement.js';
import { toRfc3339 } from '../lib/clock.js';
import type { ConversationView } from './conversation-schema.js';
import type { ConversationState } from './conversation-state.js';
import type { ConversationRow } from './conversation-store.js';
import { historyStore, type Match } from './history-store.js';
import { participantStore } from './participant-store.js';
import { excerptOf } from './spoken-text.js';

export interface Searched {
  /** As it was asked. */
  readonly query: string;
  readonly matches: readonly Match[];
}

/** Rows with all that is shown of them. */
export const conversationViews = async (
  handle: Handle,
  rows: readonly ConversationRow[],
  searched?: Searched,
): Promise<ConversationView[]> => {
  const ids = rows.map(({ id }) => id);
  const participants = await participantStore.of(handle, ids);
  const counts = await historyStore.counts(handle, ids);
  const lastIds = counts.flatMap(({ last_id }) => (last_id === null ? [] : [last_id]));
  const sentAt = new Map(
    (await historyStore.sentAt(handle, lastIds)).map((sent) => [sent.conversation_id, sent.created_at]),
  );
  const countOf = new Map(counts.map(({ conversation_id, count }) => [conversation_id, count]));
  const matches = searched === undefined ? new Map() : await matchesOf(handle, ids, searched);
  return rows.map((row) => {
    const match = matches.get(row.id);
    return {
      ...view(row, participants.get(row.id) ?? [], countOf.get(row.id) ?? 0, sentAt.get(row.id)),
      ...(match === undefined ? {} : { match }),
    };
  });
};

const view = (
  row: ConversationRow,
  participants: string[],
  messageCount: number,
  lastMessageAt: number | undefined,
): ConversationView => ({
  id: row.id,
  ...(row.title === null ? {} : { title: row.title }),
  state: row.state as ConversationState,
  participants,
  ...(row.default_sender === null || row.default_agent === null
    ? {}
    : { default: { sender: row.default_sender, agent: row.default_agent } }),
  ...(row.forked_from === null ? {} : { forkedFrom: forkedFrom(row.forked_from, row.forked_after) }),
  messageCount,
  ...(lastMessageAt === undefined ? {} : { lastMessageAt: toRfc3339(lastMessageAt) }),
  createdAt: toRfc3339(row.created_at),
  updatedAt: toRfc3339(row.updated_at),
});

const forkedFrom = (conversationId: string, after: number | null) => ({
  conversationId,
  ...(after === null || after === 0 ? {} : { through: `msg_${after}` }),
});

/** None for those whose words stand in the title. */
const matchesOf = async (handle: Handle, ids: readonly string[], { query, matches }: Searched) => {
  const shown = new Set(ids);
  const found = new Map<number, string>();
  for (const { conversation_id, message_id } of matches)
    if (message_id !== null && shown.has(conversation_id)) found.set(message_id, conversation_id);
  const payloads = await historyStore.payloads(handle, [...found.keys()]);
  return new Map(payloads.map((message) => [found.get(message.id), matchOf(message, query)]));
};

const matchOf = ({ id, payload }: { readonly id: number; readonly payload: string }, query: string) => ({
  messageId: `msg_${id}`,
  text: excerptOf(JSON.parse(payload), query),
});
