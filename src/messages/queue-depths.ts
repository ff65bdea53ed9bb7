import { topic } from '../db/memory.js';
import type { Handle } from '../db/statement.js';
import { queueStore } from './queue-store.js';

export interface Depth {
  pending: number;
  leased: number;
  dead: number;
}

export type CountedState = keyof Depth;

/** A queue, and how many more or fewer deliveries it has in a state. */
export type Move = readonly [queue: string, state: CountedState, count: number];

/** How the attempts of a module ended. */
export interface Outcomes {
  processed: number;
  errors: number;
}

/** How many attempts of a module ended so. */
type Ending = readonly [module: string, outcome: keyof Outcomes, count: number];

const emptyDepth = (): Depth => ({ pending: 0, leased: 0, dead: 0 });

/** How many deliveries stand in each queue, kept in step with every commit, so that nobody counts rows to know it. */
export class QueueDepths {
  /** Deliveries that came to a state of a queue, or (below 0) left it. */
  readonly moved = topic<readonly Move[]>('depths', (moves) => {
    for (const [queue, state, count] of moves) this.of(queue)[state] += count;
  });
  /** How attempts of a module ended. */
  readonly ended = topic<readonly Ending[]>('outcomes', (endings) => {
    for (const [module, outcome, count] of endings) this.#count(module, outcome, count);
  });
  readonly #depths = new Map<string, Depth>();
  /** Since the hub started. */
  readonly #outcomes = new Map<string, Outcomes>();
  /** Deliveries that are being written. */
  readonly #coming = new Map<string, number>();

  async load(read: Handle): Promise<void> {
    const counts = await queueStore.counts(read);
    for (const depth of this.#depths.values()) Object.assign(depth, emptyDepth());
    for (const { queue, state, count } of counts) this.of(queue)[state as CountedState] += count;
  }

  of(queue: string): Depth {
    let depth = this.#depths.get(queue);
    if (depth === undefined) {
      depth = emptyDepth();
      this.#depths.set(queue, depth);
    }
    return depth;
  }

  /** Pending, with those that are being written: what limits and the choice of the least loaded go by. */
  expected(queue: string): number {
    return this.of(queue).pending + (this.#coming.get(queue) ?? 0);
  }

  workload(queue: string): number {
    return this.expected(queue) + this.of(queue).leased;
  }

  /** A delivery will come, or (-1) has come or will not. */
  expect(queue: string, count: 1 | -1): void {
    const coming = (this.#coming.get(queue) ?? 0) + count;
    if (coming === 0) this.#coming.delete(queue);
    else this.#coming.set(queue, coming);
  }

  #count(module: string, outcome: keyof Outcomes, count: number): void {
    const outcomes = this.#outcomes.get(module) ?? { processed: 0, errors: 0 };
    outcomes[outcome] += count;
    this.#outcomes.set(module, outcomes);
  }

  outcomesOf(module: string): Readonly<Outcomes> {
    return this.#outcomes.get(module) ?? { processed: 0, errors: 0 };
  }

  /** Queues that exist. */
  queues(): string[] {
    return [...this.#depths.keys()];
  }

  total(): Depth {
    const total = emptyDepth();
    for (const depth of this.#depths.values()) {
      total.pending += depth.pending;
      total.leased += depth.leased;
      total.dead += depth.dead;
    }
    return total;
  }
}

/** What is sent together comes to the pending ones of each queue. */
export const arrivalMoves = (arrived: readonly { readonly queue: string }[]): Move[] =>
  [...counted(arrived, ({ queue }) => queue)].map(([queue, count]) => [queue, 'pending', count]);

/** What is leased together leaves the pending ones of each queue. */
export const claimMoves = (claimed: readonly { readonly queue: string }[]): Move[] =>
  [...counted(claimed, ({ queue }) => queue)].flatMap(([queue, count]): Move[] => [
    [queue, 'pending', -count],
    [queue, 'leased', count],
  ]);

/** What is completed together leaves the leased ones of each queue. */
export const completionMoves = (completed: readonly { readonly queue: string }[]): Move[] =>
  [...counted(completed, ({ queue }) => queue)].map(([queue, count]) => [queue, 'leased', -count]);

export const completionEndings = (completed: readonly { readonly module: string | null }[]): Ending[] =>
  [...counted(completed, ({ module }) => module ?? '')].map(([module, count]) => [module, 'processed', count]);

const counted = <T>(items: readonly T[], nameOf: (item: T) => string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return counts;
};
