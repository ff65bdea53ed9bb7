import type { Database } from '../db/database.js';
import { OldEndWalk } from '../db/old-end-walk.js';
import type { Transaction } from '../db/statement.js';
import { conversationRetentionStore } from './conversation-retention-store.js';
import type { ConversationFollower } from './conversation-service.js';
import { conversationStore } from './conversation-store.js';
import { conversationTextStore } from './conversation-text-store.js';
import { participantStore } from './participant-store.js';

export interface ConversationRetentionParts {
  readonly database: Database;
  readonly keepMessagesMs: number;
  readonly followers: readonly ConversationFollower[];
}

/** Conversations are kept as long as something that was said in them is, and what agents remember of them as long as they are. */
export class ConversationRetentionService {
  readonly #parts: ConversationRetentionParts;
  readonly #walk = new OldEndWalk({
    first: conversationRetentionStore.first,
    over: conversationRetentionStore.faded,
    remove: (tx, key) => this.#remove(tx, key),
  });

  constructor(parts: ConversationRetentionParts) {
    this.#parts = parts;
  }

  /** One bounded step. @returns more than 0 while more may be left */
  async prune(now: number): Promise<number> {
    const { database, keepMessagesMs } = this.#parts;
    return await database.write((tx) => this.#walk.step(tx, now - keepMessagesMs));
  }

  async #remove(tx: Transaction, key: number): Promise<number> {
    const id = await conversationRetentionStore.idOf(tx, key);
    if (id === undefined) return 0;
    for (const follower of this.#parts.followers) await follower.faded?.(tx, id);
    await conversationTextStore.removeTitle(tx, id);
    return (await participantStore.removeAll(tx, id)) + (await conversationStore.remove(tx, id));
  }
}
