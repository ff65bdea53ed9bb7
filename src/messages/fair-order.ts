import type { Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { DueRow } from './delivery-store.js';
import { CLAIMED, fairRankStore, NUMBERED } from './fair-rank-store.js';
import { nextTurn, numberOf } from './fair-turns.js';
import type { QueueDepths } from './queue-depths.js';

/** Deliveries that lose their rank at a time. */
const STEP = 500;

interface Arrival {
  readonly queue: string;
  readonly priority: number;
  readonly sender: string;
}

/** Senders take turns in a fair queue, within a priority (see fair-turns). In others all ranks are 0, and age decides. */
export class FairOrder {
  readonly isFair: (queue: string) => boolean;

  constructor(isFair: (queue: string) => boolean) {
    this.isFair = isFair;
  }

  /** The rank of a delivery that comes to a queue. */
  rankOf(tx: Transaction, arrival: Arrival): Awaitable<number> {
    return this.isFair(arrival.queue) ? this.#nextRank(tx, arrival) : 0;
  }

  async #nextRank(tx: Transaction, arrival: Arrival): Promise<number> {
    const ranks = await fairRankStore.ranks(tx, arrival);
    const rankFor = (name: string): number => ranks.find(({ sender }) => sender === name)?.rank ?? 0;
    const last = rankFor(arrival.sender);
    const number = last === 0 ? rankFor(NUMBERED) + 1 : numberOf(last);
    const rank = nextTurn({ number, last, place: rankFor(CLAIMED) });
    if (last === 0) await fairRankStore.raise(tx, { ...arrival, sender: NUMBERED, rank: number });
    await fairRankStore.raise(tx, { ...arrival, rank });
    return rank;
  }

  /** Rows in the order in which they are claimed. */
  async claimed(tx: Transaction, rows: readonly DueRow[]): Promise<void> {
    const places = new Map<string, DueRow>();
    for (const row of rows) if (row.rank > 0) places.set(`${row.queue} ${row.line_priority}`, row);
    for (const { queue, line_priority: priority, rank } of places.values())
      await fairRankStore.raise(tx, { queue, priority, sender: CLAIMED, rank });
  }

  /** Nobody is owed a turn in a queue that is empty, or fair no longer. @returns how much was done; more may be left */
  async tidy(tx: Transaction, depths: QueueDepths): Promise<number> {
    let done = 0;
    for (const { queue } of await fairRankStore.queues(tx)) {
      const isFair = this.isFair(queue);
      if (!isFair) done += await fairRankStore.level(tx, queue, STEP);
      if (depths.workload(queue) > 0) continue;
      // A dead letter may come back with a rank of before, so a fair queue never starts again from the first round.
      done += isFair ? await fairRankStore.forgetSenders(tx, queue) : await fairRankStore.forgetQueue(tx, queue);
    }
    return done;
  }
}
