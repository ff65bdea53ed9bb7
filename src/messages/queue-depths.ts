import type { Handle } from '../db/statement.js';
import { deliveryStore } from './delivery-store.js';

export interface Depth {
  pending: number;
  leased: number;
  dead: number;
}

export type CountedState = keyof Depth;

/** How many deliveries stand in each queue, kept in step with every commit, so that nobody counts rows to know it. */
export class QueueDepths {
  readonly #depths = new Map<string, Depth>();

  async load(read: Handle): Promise<void> {
    for (const { queue, state, count } of await deliveryStore.counts(read))
      this.add(queue, state as CountedState, count);
  }

  add(queue: string, state: CountedState, count: number): void {
    this.of(queue)[state] += count;
  }

  of(queue: string): Depth {
    let depth = this.#depths.get(queue);
    if (depth === undefined) {
      depth = { pending: 0, leased: 0, dead: 0 };
      this.#depths.set(queue, depth);
    }
    return depth;
  }

  total(): Depth {
    const total = { pending: 0, leased: 0, dead: 0 };
    for (const depth of this.#depths.values()) {
      total.pending += depth.pending;
      total.leased += depth.leased;
      total.dead += depth.dead;
    }
    return total;
  }
}
