import type { ConversationFollower } from '../../conversations/conversation-service.js';
import { approvalStore } from './approval-store.js';
import { rememberedStore } from './remembered-store.js';

/** What was asked and decided in a conversation goes with it. A fork begins with nothing that was remembered: it was not asked there. */
export const conversationApprovals: ConversationFollower = {
  forked: async () => {},
  removed: async (tx, id) => {
    await approvalStore.removeOf(tx, id);
    await rememberedStore.forgetConversation(tx, id);
  },
  faded: async (tx, id) => {
    await rememberedStore.forgetConversation(tx, id);
  },
};
