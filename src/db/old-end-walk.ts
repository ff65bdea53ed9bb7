import type { Awaitable } from '../lib/awaitable.js';
import type { Transaction } from './statement.js';

/**
 * Each step holds the event loop, or the lock under which all hubs of a database write, for a few milliseconds. It looks at so many keys,
 * most of which may have to be kept,
 */
const LOOK = 1000;
/** takes so many of their rows away, */
const STEP = 20;
/** and fewer where much goes with them: so many rows, of every table. */
const MOST_REMOVED = 1000;

export interface Stretch {
  readonly from: number;
  readonly upTo: number;
  /** What was over before this instant may go. */
  readonly before: number;
  readonly limit: number;
}

export interface OldRow {
  readonly id: number;
  /** Since when it is there. */
  readonly at: number;
}

/** A table whose keys grow with time. */
export interface OldRows {
  /** The first row above a key. */
  first(tx: Transaction, above: number): Awaitable<OldRow | undefined>;
  /** Keys of those in the stretch that may go, in their order. */
  over(tx: Transaction, stretch: Stretch): Awaitable<{ readonly id: number }[]>;
  /** With all that is its own, that first; it stays where there are as many rows as `room` of it. @returns how many went */
  remove(tx: Transaction, id: number, room: number): Awaitable<number>;
}

/**
 * Clears the old end of a table, with no index but its keys: walks through it by steps up to what is young, then starts again, for what
 * has to be kept now may go then.
 */
export class OldEndWalk {
  readonly #rows: OldRows;
  #walkedUpTo = 0;

  constructor(rows: OldRows) {
    this.#rows = rows;
  }

  /** One bounded step. @returns how many keys it walked past; 0 at the end */
  async step(tx: Transaction, before: number): Promise<number> {
    const first = await this.#rows.first(tx, this.#walkedUpTo);
    const isOld = first !== undefined && first.at < before;
    const reached = isOld ? await this.#clear(tx, first.id, before) : 0;
    tx.afterCommit(() => {
      this.#walkedUpTo = reached;
    });
    return isOld ? Math.max(1, reached - first.id + 1) : 0;
  }

  /** @returns the key up to which nothing is left to do */
  async #clear(tx: Transaction, from: number, before: number): Promise<number> {
    const upTo = from + LOOK - 1;
    const over = await this.#rows.over(tx, { from, upTo, before, limit: STEP });
    let room = MOST_REMOVED;
    for (const { id } of over) {
      room -= await this.#rows.remove(tx, id, room);
      if (room <= 0) return id - 1;
    }
    return over.length < STEP ? upTo : over.at(-1)!.id;
  }
}
