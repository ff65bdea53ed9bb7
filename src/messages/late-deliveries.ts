import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { Clock } from '../lib/clock.js';
import { channelHistory } from './channel-history.js';
import { channelHistoryStore, type PastMessage } from './channel-history-store.js';
import { messageStore } from './message-store.js';
import type { MessageWriter } from './message-writer.js';

export interface LateSubscriber {
  readonly channel: string;
  readonly module: string;
}

/** How far a subscriber to be has been given what it missed. */
export interface CaughtUp {
  readonly delivered: number;
  readonly upTo: number;
}

/** What a channel still holds for a module that subscribes late. Oldest first, as the others got it. */
export class LateDeliveries {
  readonly #parts: { readonly database: Database; readonly clock: Clock; readonly writer: MessageWriter };

  constructor(parts: { readonly database: Database; readonly clock: Clock; readonly writer: MessageWriter }) {
    this.#parts = parts;
  }

  /** All that is there when it begins, in many small transactions: so that the one of the subscription has next to nothing to do. */
  async catchUp(late: LateSubscriber): Promise<CaughtUp> {
    const { database } = this.#parts;
    const upTo = (await channelHistoryStore.last(database.read, late.channel))?.id ?? 0;
    const range = { channel: late.channel, above: 0, below: upTo + 1 };
    let delivered = 0;
    for await (const part of channelHistory(database.read, range, this.#isAliveFor(late)))
      delivered += await database.write((tx) => this.#deliver(tx, late, part));
    return { delivered, upTo };
  }

  /** What has come since, in the transaction of the subscription. @returns how many with those before */
  async deliverRest(tx: Transaction, late: LateSubscriber, { delivered, upTo }: CaughtUp): Promise<number> {
    const range = { channel: late.channel, above: upTo, below: Number.MAX_SAFE_INTEGER };
    const rest = await channelHistoryStore.page(tx, { ...range, limit: Number.MAX_SAFE_INTEGER });
    return delivered + (await this.#deliver(tx, late, rest.filter(this.#isAliveFor(late))));
  }

  #isAliveFor({ module }: LateSubscriber): (message: PastMessage) => boolean {
    const now = this.#parts.clock.now();
    return ({ is_broadcast, sender, expires_at }) =>
      is_broadcast === 1 && sender !== module && (expires_at === null || expires_at > now);
  }

  /** Not what the module has already, nor what was cancelled; and what waits for its time waits here too. */
  async #deliver(tx: Transaction, { module }: LateSubscriber, messages: readonly PastMessage[]): Promise<number> {
    const now = this.#parts.clock.now();
    let delivered = 0;
    for (const { id } of messages) {
      const { own, cancelled, due_at } = await channelHistoryStore.standing(tx, id, module);
      const message = own + cancelled > 0 ? undefined : await messageStore.find(tx, id);
      if (message === undefined) continue;
      const availableAt = Math.max(now, due_at ?? now);
      await this.#parts.writer.deliver(tx, message, { queue: module, module }, { availableAt, now });
      delivered++;
    }
    return delivered;
  }
}
