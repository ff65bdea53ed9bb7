import { Wakeable } from '../lib/wakeable.js';

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

class ClaimWaiter extends Wakeable {
  constructor(readonly queues: readonly string[]) {
    super();
  }
}

/** Who waits for work in which queue, longest first. One delivery wakes one waiter. */
export class ClaimWaiters {
  readonly #lines = new Map<string, Set<ClaimWaiter>>();
  readonly #listeners = new Set<(queue: string) => void>();
  #isStopped = false;

  /**
   * Looks, and where there is nothing waits for a wake-up and looks again, until the time is over. It stands in line before it looks,
   * so no wake-up falls between look and wait; one that it did not need goes to the next in line.
   */
  async lookOrWait<T>(
    queues: readonly string[],
    { timeoutMs, signal }: WaitOptions,
    look: () => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    if (timeoutMs <= 0 || this.#isStopped) return await look();
    const until = performance.now() + timeoutMs;
    const waiter = new ClaimWaiter(queues);
    try {
      for (;;) {
        this.#enter(waiter);
        const found = await look();
        if (found.length > 0 || signal.aborted || this.#isStopped) return found;
        await waiter.wait(until - performance.now(), signal);
        if (!waiter.take()) return [];
      }
    } finally {
      this.#leave(waiter);
      if (waiter.take()) for (const queue of queues) this.wake(queue, 1);
    }
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#isStopped = true;
    for (const line of this.#lines.values()) for (const waiter of line) waiter.wake();
  }

  /** Called at every wake of any queue, whether anybody waits or not: for a server of the hub's own that claims by itself. */
  listen(listener: (queue: string) => void): void {
    this.#listeners.add(listener);
  }

  wake(queue: string, deliveries: number): void {
    for (const listener of this.#listeners) listener(queue);
    let left = deliveries;
    for (const waiter of this.#lines.get(queue) ?? []) {
      if (left-- <= 0) return;
      this.#leave(waiter);
      waiter.wake();
    }
  }

  #enter(waiter: ClaimWaiter): void {
    for (const queue of waiter.queues) {
      const line = this.#lines.get(queue);
      if (line === undefined) this.#lines.set(queue, new Set([waiter]));
      else line.add(waiter);
    }
  }

  /** From all its lines at once: a waiter that was woken for one queue is not woken for another. */
  #leave(waiter: ClaimWaiter): void {
    for (const queue of waiter.queues) {
      const line = this.#lines.get(queue);
      if (line?.delete(waiter) === true && line.size === 0) this.#lines.delete(queue);
    }
  }
}
