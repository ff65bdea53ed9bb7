import type { Database } from '../db/database.js';
import { topic } from '../db/memory.js';
import type { Clock } from '../lib/clock.js';
import type { ClaimWaiters } from './claim-waiters.js';
import { timedDeliveryStore } from './timed-delivery-store.js';

const LONGEST_TIMER_MS = 60_000;
/** The hub that put it there makes it ready; another one only where that does not. */
const LEAVE_TO_OTHERS_MS = 250;

/** Makes delayed deliveries ready when their time has come: by one timer, set for the next of them. */
export class DelayedDeliveries {
  readonly due = topic<number>('delayed', (at, origin) =>
    this.expect(origin === 'here' ? at : at + LEAVE_TO_OTHERS_MS),
  );
  readonly #database: Database;
  readonly #waiters: ClaimWaiters;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  #nextAt = Number.POSITIVE_INFINITY;
  #promoting: Promise<unknown> = Promise.resolve();
  #isStopped = false;

  constructor({ database, waiters, clock }: { database: Database; waiters: ClaimWaiters; clock: Clock }) {
    this.#database = database;
    this.#waiters = waiters;
    this.#clock = clock;
  }

  /** One becomes due at that instant. */
  expect(at: number): void {
    if (this.#isStopped || at >= this.#nextAt) return;
    this.#nextAt = at;
    clearTimeout(this.#timer);
    const delayMs = Math.min(Math.max(0, at - this.#clock.now()), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => {
      this.#nextAt = Number.POSITIVE_INFINITY;
      this.#promoting = this.promote().catch(() => this.expect(this.#clock.now() + 1000));
    }, delayMs);
  }

  /** Makes all that are due ready, and looks for the next. @returns how many */
  async promote(): Promise<number> {
    return await this.#database.write(async (tx) => {
      const rows = await timedDeliveryStore.promoteDelayed(tx, this.#clock.now());
      const next = await timedDeliveryStore.nextDelayed(tx);
      if (rows.length > 0)
        tx.tell(
          this.#waiters.claimable,
          rows.map(({ queue, id }) => [queue, id]),
        );
      tx.afterCommit(() => {
        this.#nextAt = Number.POSITIVE_INFINITY;
        if (next !== undefined) this.expect(next.available_at);
      });
      return rows.length;
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#promoting;
  }
}
