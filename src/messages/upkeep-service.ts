import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { Clock } from '../lib/clock.js';
import type { FairOrder } from './fair-order.js';
import { KEEP_ANSWER_MS } from './idempotency.js';
import { idempotencyStore } from './idempotency-store.js';
import type { QueueDepths } from './queue-depths.js';
import { retentionStore } from './retention-store.js';
import { timedDeliveryStore } from './timed-delivery-store.js';

/** Each step holds the event loop for a few milliseconds. One of pruning looks at so many messages, most of which may have to be kept, */
const PRUNING_LOOK = 1000;
/** and deletes so many, or fewer that have many deliveries: so many rows. */
const PRUNING_STEP = 100;
const MOST_REMOVED = 1000;
const KEYS_STEP = 200;
/** Deliveries that age at a time, at the head of each line. */
const AGEING_STEP = 100;
const HIGHEST_PRIORITY = 10;

export interface UpkeepSettings {
  /** Messages that are over are kept so long. */
  readonly keepMessagesMs: number;
  /** And at most so many. */
  readonly keepMessages: number;
  /** After so long in line a delivery moves up by one priority. */
  readonly ageingMs: number;
}

export interface UpkeepServiceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly depths: QueueDepths;
  readonly fair: FairOrder;
  readonly settings: UpkeepSettings;
}

/** What keeps the broker's tables small and its low priorities moving. Every verb does one bounded step and says how much it did. */
export class UpkeepService {
  readonly #parts: UpkeepServiceParts;
  #prunedUpTo = 0;

  constructor(parts: UpkeepServiceParts) {
    this.#parts = parts;
  }

  /**
   * Deletes messages that are over and old, or too many; never the newest. Walks through the old end of the table by steps, then starts
   * again, for what is still open now may be over then.
   */
  async pruneMessages(now: number): Promise<number> {
    const { database, settings } = this.#parts;
    return await database.write(async (tx) => {
      const next = await retentionStore.next(tx, this.#prunedUpTo);
      if (next === undefined || next.id === next.last) return this.#walkTo(tx, 0, 0);
      const { id: from, last } = next;
      const before = now - settings.keepMessagesMs;
      const tooManyUpTo = last - settings.keepMessages;
      if (next.created_at >= before && from > tooManyUpTo) return this.#walkTo(tx, 0, 0);
      const upTo = Math.min(from + PRUNING_LOOK, last) - 1;
      const over = await retentionStore.over(tx, { from, upTo, before, tooManyUpTo, limit: PRUNING_STEP });
      const removedUpTo = await this.#remove(tx, over);
      const isAll = over.length < PRUNING_STEP && removedUpTo === over.at(-1);
      const reached = isAll ? upTo : (removedUpTo ?? upTo);
      return this.#walkTo(tx, reached, reached - from + 1);
    });
  }

  /** The answers of idempotency keys are kept for 24 hours. */
  async pruneIdempotency(now: number): Promise<number> {
    return await this.#parts.database.write((tx) => idempotencyStore.removeOld(tx, now - KEEP_ANSWER_MS, KEYS_STEP));
  }

  /** A delivery that has stood in line for long moves up by one priority, so that the lowest is not starved for ever. */
  async age(now: number): Promise<number> {
    const { database, depths } = this.#parts;
    const queues = depths.queues().filter((queue) => depths.of(queue).pending > 0);
    let aged = 0;
    for (const queue of queues) aged += await database.write((tx) => this.#ageQueue(tx, queue, now));
    return aged;
  }

  async tidyFairRanks(): Promise<number> {
    const { database, fair, depths } = this.#parts;
    return await database.write((tx) => fair.tidy(tx, depths));
  }

  /** From the highest on, so that nothing moves twice. At its new priority it waits for its sender's turn like what comes in. */
  async #ageQueue(tx: Transaction, queue: string, now: number): Promise<number> {
    const { settings, fair } = this.#parts;
    const before = now - settings.ageingMs;
    let moved = 0;
    for (let priority = HIGHEST_PRIORITY - 1; priority > 0 && moved < AGEING_STEP; priority--) {
      const aged = await timedDeliveryStore.aged(tx, { queue, priority, before, limit: AGEING_STEP });
      for (const { id, sender } of aged) {
        const rank = await fair.rankOf(tx, { queue, priority: priority + 1, sender });
        await timedDeliveryStore.raise(tx, { id, rank, now });
      }
      moved += aged.length;
    }
    return moved;
  }

  /** As many as fit into a step. @returns the last that did */
  async #remove(tx: Transaction, messages: readonly number[]): Promise<number | undefined> {
    let rows = 0;
    for (const id of messages) {
      rows += await retentionStore.remove(tx, id);
      if (rows > MOST_REMOVED) return id;
    }
    return messages.at(-1);
  }

  #walkTo(tx: Transaction, upTo: number, looked: number): number {
    tx.afterCommit(() => {
      this.#prunedUpTo = upTo;
    });
    return looked;
  }
}
