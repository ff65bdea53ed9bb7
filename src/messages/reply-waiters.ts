import { Wakeable } from '../lib/wakeable.js';
import type { WaitOptions } from './claim-waiters.js';

/** Who waits for the reply to which message. All are woken when it is answered, and when it never will be. */
export class ReplyWaiters {
  readonly #takers = new Map<number, number>();
  readonly #waiting = new Map<number, Set<Wakeable>>();

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

  isTaken(messageId: number): boolean {
    return this.#takers.has(messageId);
  }

  wake(messageId: number): void {
    for (const waiter of this.#waiting.get(messageId) ?? []) waiter.wake();
  }
}
