import { topic } from '../db/memory.js';
import { Wakeable } from '../lib/wakeable.js';

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface ClaimWaitOptions extends WaitOptions {
  /** It does not take everything that is in its queues. */
  readonly isPicky?: boolean;
}

/** A delivery that can be claimed now. */
type Claimable = readonly [queue: string, deliveryId: number];

/** A delivery that can be claimed, and who was called for it. */
interface Call {
  readonly queue: string;
  readonly deliveryId: number;
  readonly called: Set<ClaimWaiter>;
}

class ClaimWaiter extends Wakeable {
  /** What it was woken for last. */
  call: Call | undefined;

  constructor(readonly queues: readonly string[]) {
    super();
  }

  takeCall(): Call | undefined {
    const { call } = this;
    this.call = undefined;
    return call;
  }
}

/** Who waits for work in which queue, longest first. One delivery wakes one waiter, and the next only where that one leaves it. */
export class ClaimWaiters {
  readonly claimable = topic<readonly Claimable[]>('claimable', (deliveries, origin) => {
    if (origin === 'here') for (const [queue, id] of deliveries) this.wake(queue, id);
    else this.#wakeLater(deliveries);
  });
  readonly claimed = topic<readonly number[]>('claimed', (ids) => {
    for (const id of ids) this.#fromElsewhere.delete(id);
  });
  /** A queue that is there no more: everybody who waits in it looks again. */
  readonly gone = topic<string>('queue_gone', (queue) => {
    for (const waiter of this.#lines.get(queue) ?? []) waiter.wake();
  });
  readonly #lines = new Map<string, Set<ClaimWaiter>>();
  /** Queues by the deliveries that others put into them, which are often claimed there before anybody hears of it here. */
  readonly #fromElsewhere = new Map<number, string>();
  readonly #listeners = new Set<(queue: string) => void>();
  #isStopped = false;

  /**
   * Looks, and where there is nothing waits for a wake-up and looks again, until the time is over. It stands in line before it looks,
   * so no wake-up falls between look and wait; what it was woken for and did not take goes to the next in line.
   */
  async lookOrWait<T extends { readonly deliveryId: number }>(
    queues: readonly string[],
    { timeoutMs, signal, isPicky = false }: ClaimWaitOptions,
    look: () => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    if (timeoutMs <= 0 || this.#isStopped) return await look();
    const until = performance.now() + timeoutMs;
    const waiter = new ClaimWaiter(queues);
    let found: readonly T[] = [];
    try {
      for (;;) {
        const call = waiter.takeCall();
        this.#enter(waiter);
        found = await look();
        const isAllTaken = found.length === 0 && !isPicky;
        if (!isAllTaken) this.#leaveToNext(call, found);
        if (found.length > 0 || signal.aborted || this.#isStopped) return found;
        await waiter.wait(until - performance.now(), signal);
        if (!waiter.take()) return [];
      }
    } finally {
      this.#leave(waiter);
      this.#leaveToNext(waiter.takeCall(), found);
    }
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#isStopped = true;
    this.wakeEverybody();
  }

  /** Everybody looks again. */
  wakeEverybody(): void {
    for (const line of this.#lines.values()) for (const waiter of line) waiter.wake();
  }

  /** Called at every wake of any queue, whether anybody waits or not: for a server of the hub's own that claims by itself. */
  listen(listener: (queue: string) => void): void {
    this.#listeners.add(listener);
  }

  /** The delivery can be claimed. */
  wake(queue: string, deliveryId: number): void {
    for (const listener of this.#listeners) listener(queue);
    if (this.#lines.has(queue)) this.#callNext({ queue, deliveryId, called: new Set() });
  }

  /** When all that is known of other hubs is learnt. */
  #wakeLater(deliveries: readonly Claimable[]): void {
    if (this.#fromElsewhere.size === 0) setImmediate(() => this.#wakeForOthers());
    for (const [queue, id] of deliveries) this.#fromElsewhere.set(id, queue);
  }

  #wakeForOthers(): void {
    const left = [...this.#fromElsewhere];
    this.#fromElsewhere.clear();
    for (const [id, queue] of left) this.wake(queue, id);
  }

  #leaveToNext(call: Call | undefined, taken: readonly { readonly deliveryId: number }[]): void {
    if (call !== undefined && !taken.some(({ deliveryId }) => deliveryId === call.deliveryId)) this.#callNext(call);
  }

  /** Nobody is called twice for one delivery, so two who both leave it do not wake each other for ever. */
  #callNext(call: Call): void {
    for (const waiter of this.#lines.get(call.queue) ?? []) {
      if (call.called.has(waiter)) continue;
      call.called.add(waiter);
      waiter.call = call;
      this.#leave(waiter);
      waiter.wake();
      return;
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
