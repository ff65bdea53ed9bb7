import type { ConversationRetentionService } from '../conversations/conversation-retention-service.js';
import type { Sweep } from './sweep.js';

/** Conversations of which nothing is kept any more, and that nobody keeps. */
export const pruneConversations = (retention: ConversationRetentionService): Sweep => ({
  name: 'prune-conversations',
  everyMs: 60_000,
  runOnce: (now) => retention.prune(now),
});
