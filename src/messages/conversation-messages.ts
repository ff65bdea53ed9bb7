import type { Transaction } from '../db/statement.js';
import type { Clock } from '../lib/clock.js';
import { conversationMessageStore } from './conversation-message-store.js';
import type { DeliveryVerbs } from './delivery-verbs.js';

/** Each step holds the event loop for a few milliseconds. */
const STEP = 200;

/** What becomes of the messages of a conversation that is removed. */
export class ConversationMessages {
  readonly #parts: { readonly verbs: DeliveryVerbs; readonly clock: Clock };

  constructor(parts: { readonly verbs: DeliveryVerbs; readonly clock: Clock }) {
    this.#parts = parts;
  }

  /** Up to a thousand. */
  async countOpen(tx: Transaction, conversation: string): Promise<number> {
    return (await conversationMessageStore.open(tx, conversation, 1000)).length;
  }

  /** @returns how many it cancelled */
  async cancelOpen(tx: Transaction, conversation: string): Promise<number> {
    const error = { code: 'cancelled', message: `The conversation ${conversation} was deleted.` };
    let cancelled = 0;
    for (;;) {
      const open = await conversationMessageStore.open(tx, conversation, STEP);
      for (const row of open)
        await this.#parts.verbs.settle(tx, row, { state: 'cancelled', error, now: this.#parts.clock.now() });
      cancelled += open.length;
      if (open.length < STEP) return cancelled;
    }
  }

  /** The oldest that are over, with their deliveries; dead letters of theirs are deleted. @returns how many; 0 where none is left */
  async removeSome(tx: Transaction, conversation: string): Promise<number> {
    const messages = await conversationMessageStore.first(tx, conversation, STEP);
    if (messages.length === 0) return 0;
    const now = this.#parts.clock.now();
    for (const row of await conversationMessageStore.dead(tx, messages)) await this.#parts.verbs.discard(tx, row, now);
    await conversationMessageStore.remove(tx, messages);
    return messages.length;
  }
}
