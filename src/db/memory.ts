import type { Awaitable } from '../lib/awaitable.js';
import type { Handle } from './statement.js';

/** Whose commit it was: this hub's own, or that of another hub on the same database. */
export type Origin = 'here' | 'elsewhere';

/** One thing that memory must know of a commit, by a name that every hub knows. The value is JSON. */
export interface Topic<T> {
  readonly name: string;
  /** Must not throw, and wait for nothing. */
  learn(value: T, origin: Origin): void;
}

export const topic = <T>(name: string, learn: Topic<T>['learn']): Topic<T> => ({ name, learn });

/** What a hub keeps in memory, in step with every commit on its database, whichever hub made it. */
export interface Memory {
  // biome-ignore lint/suspicious/noExplicitAny: each topic has values of its own
  readonly topics: readonly Topic<any>[];
  /** Everything anew, from the rows. */
  load(read: Handle): Promise<void>;
  /** The rows that topics have only pointed at. */
  readRows(read: Handle): Awaitable<void>;
}

export interface Notice {
  readonly topic: string;
  readonly value: unknown;
}
