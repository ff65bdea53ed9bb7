import type { Awaitable } from '../lib/awaitable.js';
import type { Notice, Topic } from './memory.js';
import type { Handle, Insertion, Statement, Transaction } from './statement.js';

/** What follows from a commit: here at once, here when it is durable, and for the other hubs of the database. */
export interface Aftermath {
  readonly committed: (() => void)[];
  readonly durable: (() => void)[];
  readonly notices: Notice[];
}

export const newAftermath = (): Aftermath => ({ committed: [], durable: [], notices: [] });

/** What the works of a group write through, one after the other. */
export class GroupTransaction implements Transaction {
  aftermath = newAftermath();
  keyId: string | null = null;
  readonly #handle: Handle;

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  get nodeId(): number {
    return this.#handle.nodeId;
  }

  get kysely(): Handle['kysely'] {
    return this.#handle.kysely;
  }

  all<P, R>(source: Statement<P, R>, parameters: P): Awaitable<R[]> {
    return this.#handle.all(source, parameters);
  }

  first<P, R>(source: Statement<P, R>, parameters: P): Awaitable<R | undefined> {
    return this.#handle.first(source, parameters);
  }

  run<P>(source: Statement<P, unknown>, parameters: P): Awaitable<number> {
    return this.#handle.run(source, parameters);
  }

  insert<P>(source: Statement<P, unknown>, parameters: P): Awaitable<number> {
    return this.#handle.insert(source, parameters);
  }

  insertAll<P extends object>(source: Insertion<P>, rows: readonly P[]): Awaitable<number[]> {
    return this.#handle.insertAll(source, rows);
  }

  send<P>(source: Statement<P, unknown>, parameters: P): void {
    this.#handle.send(source, parameters);
  }

  afterCommit(callback: () => void): void {
    this.aftermath.committed.push(callback);
  }

  whenDurable(callback: () => void): void {
    this.aftermath.durable.push(callback);
  }

  tell<T>(topic: Topic<T>, value: T): void {
    this.aftermath.committed.push(() => topic.learn(value, 'here'));
    this.aftermath.notices.push({ topic: topic.name, value });
  }
}
