import type { ConversationFollower } from '../conversations/conversation-service.js';
import { sessionStore } from './session-store.js';
import { turnStore } from './turn-store.js';

/** What becomes of what agents have in a conversation. Their turns stay, for what they cost; what was said in them goes. */
export const conversationSessions: ConversationFollower = {
  forked: async (tx, { from, to, isOfNow, now }) => {
    if (isOfNow) await sessionStore.copyAll(tx, from, to, now);
  },
  removed: async (tx, id) => {
    await sessionStore.removeAll(tx, id);
    await turnStore.removeOutputOf(tx, id);
  },
};
