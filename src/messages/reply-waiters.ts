import { topic } from '../db/memory.js';
import type { Clock } from '../lib/clock.js';
import { Wakeable } from '../lib/wakeable.js';
import type { WaitOptions } from './claim-waiters.js';

/** Before those whose time is over are let go. */
const MOST_ELSEWHERE = 10_000;

/** Who waits for the reply to which message. All are woken when it is answered, and when it never will be. */
export class ReplyWaiters {
  /** Messages that have their reply, or will get none. */
  readonly answered = topic<readonly number[]>('answered', (ids) => {
    for (const id of ids) {
      this.#elsewhere.delete(id);
      this.wake(id);
    }
  });
  /** Messages whose reply an open request waits for until an instant: here it is known already, elsewhere it is not to be delivered. */
  readonly awaited = topic<readonly [messageId: number, until: number]>(
    'reply_awaited',
    ([messageId, until], origin) => {
      if (origin === 'elsewhere') this.#awaitElsewhere(messageId, until);
    },
  );
  readonly #takers = new Map<number, number>();
  readonly #elsewhere = new Map<number, number>();
  readonly #waiting = new Map<number, Set<Wakeable>>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Looks until there is something or the time is over. It is known as waiting before it looks. */
  async lookOrWait<T>(
    messageId: number,
    { timeoutMs, signal }: WaitOptions,
    look: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const until = performance.now() + timeoutMs;
    const waiter = new Wakeable();
    const waiting = this.#waiting.get(messageId) ?? new Set();
    this.#waiting.set(messageId, waiting.add(waiter));
    try {
      for (;;) {
        const found = await look();
        if (found !== undefined || signal.aborted) return found;
        await waiter.wait(until - performance.now(), signal);
        if (!waiter.take()) return undefined;
      }
    } finally {
      waiting.delete(waiter);
      if (waiting.size === 0) this.#waiting.delete(messageId);
    }
  }

  /** While `work` runs, the reply is for it: the inbox of the sender gets it only if `work` does not take it. */
  async taking<T>(messageId: number, work: () => Promise<T>): Promise<T> {
    this.#takers.set(messageId, (this.#takers.get(messageId) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#takers.get(messageId) ?? 1) - 1;
      if (left === 0) this.#takers.delete(messageId);
      else this.#takers.set(messageId, left);
    }
  }

  /** The request may be open on another hub. */
  isTaken(messageId: number): boolean {
    return this.#takers.has(messageId) || (this.#elsewhere.get(messageId) ?? 0) > this.#clock.now();
  }

  /** Everybody looks again. */
  wakeAll(): void {
    for (const waiting of this.#waiting.values()) for (const waiter of waiting) waiter.wake();
  }

  #awaitElsewhere(messageId: number, until: number): void {
    const now = this.#clock.now();
    if (this.#elsewhere.size >= MOST_ELSEWHERE)
      for (const [id, over] of this.#elsewhere) if (over <= now) this.#elsewhere.delete(id);
    this.#elsewhere.set(messageId, until);
  }

  wake(messageId: number): void {
    for (const waiter of this.#waiting.get(messageId) ?? []) waiter.wake();
  }
}
