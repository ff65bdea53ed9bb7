import type { ConversationFollower } from '../conversations/conversation-service.js';
import type { Transaction } from '../db/statement.js';
import { sessionStore } from './session-store.js';
import type { TurnContext } from './turn-context.js';
import { turnStore } from './turn-store.js';

/** Their turns stay until they are old; what was said in them goes. */
const removeAllOf = async (tx: Transaction, id: string): Promise<void> => {
  await sessionStore.removeAll(tx, id);
  await turnStore.removeOutputOf(tx, id);
};

/** What becomes of what agents have in a conversation. */
export const conversationSessions: ConversationFollower = {
  forked: async (tx, { from, to, isOfNow, now }) => {
    if (isOfNow) await sessionStore.copyAll(tx, from, to, now);
  },
  removed: removeAllOf,
  faded: async (tx, id) => {
    await sessionStore.removeAll(tx, id);
  },
};

/** For a turn that has not succeeded: its conversation may be deleted by now, and what it has written since goes too. */
export const forgetIfDeleted = async (tx: Transaction, { claimed, conversationId }: TurnContext): Promise<void> => {
  if (claimed.message.conversation_id === null || (await sessionStore.hasConversation(tx, conversationId))) return;
  await removeAllOf(tx, conversationId);
};
