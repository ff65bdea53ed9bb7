import { actingKey } from '../lib/acting-key.js';
import type { Awaitable } from '../lib/awaitable.js';
import { type HubError, isHubError } from '../lib/errors.js';
import type { Notice, Topic } from './memory.js';
import type { Handle, Insertion, Statement, Transaction, WritingHandle } from './statement.js';
import type { StatementEntry, StatementProfile } from './statement-profile.js';

export type Work<T> = (tx: Transaction) => Awaitable<T>;

/** Does for many items at once what it would do for each: an outcome for each, in their order, where a HubError refuses that one alone. */
export type BulkWork<I, O> = (tx: Transaction, items: readonly I[]) => Awaitable<readonly (O | HubError)[]>;

/** How long the first work of a group waits for others at most, in milliseconds. */
const GATHER_LIMIT_MS = 2;

/** From so many on it does not wait: others then write while these wait for the disk. */
const ENOUGH_WORKS = 24;

/** How long one group may hold the event loop before it commits what it has, in milliseconds. */
const GROUP_LIMIT_MS = 20;

interface QueuedWork {
  readonly bulk: BulkWork<never, unknown>;
  readonly item: unknown;
  readonly keyId: string | null;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface FinishedWork {
  readonly queued: QueuedWork;
  readonly outcome: { value: unknown } | { error: unknown };
  readonly aftermath: Aftermath;
}

/** What follows from a commit: here, and for the other hubs of the database. */
interface Aftermath {
  readonly callbacks: (() => void)[];
  readonly notices: Notice[];
}

const noAftermath: Aftermath = { callbacks: [], notices: [] };

/** The one connection that a group writes through. */
export interface WriteConnection {
  readonly handle: WritingHandle;
  /** False where an error has ended the transaction. */
  readonly inTransaction: boolean;
  begin(): Awaitable<void>;
  /** Throws where it is not sure that everything is durable. @param notices for the other hubs of the database, where there can be any */
  commit(notices: readonly Notice[]): Awaitable<void>;
  rollback(): Awaitable<void>;
  savepoint(): Awaitable<void>;
  rollbackToSavepoint(): Awaitable<void>;
  releaseSavepoint(): Awaitable<void>;
  /** What to tell who asked, for an error of the database. */
  problemOf(error: unknown): unknown;
}

class GroupTransaction implements Transaction {
  aftermath: Aftermath = { callbacks: [], notices: [] };
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

  afterCommit(callback: () => void): void {
    this.aftermath.callbacks.push(callback);
  }

  tell<T>(topic: Topic<T>, value: T): void {
    this.aftermath.callbacks.push(() => topic.learn(value, 'here'));
    this.aftermath.notices.push({ topic: topic.name, value });
  }
}

/** A work wrote something and then threw: the group is done again with a savepoint around each work, every item by itself. */
class PartialWork extends Error {}

/**
 * Group commit: the works that are asked for in one turn of the event loop share one `BEGIN ... COMMIT` and so one fsync.
 * A work may be run twice (see PartialWork), so it changes nothing but the database, and awaits nothing but its transaction.
 */
export class WriteGroup {
  readonly #connection: WriteConnection;
  readonly #transaction: GroupTransaction;
  readonly #profile: StatementProfile;
  readonly #begins: StatementEntry;
  readonly #commits: StatementEntry;
  #queue: QueuedWork[] = [];
  #running: Promise<void> | undefined;

  constructor(connection: WriteConnection, profile: StatementProfile) {
    this.#connection = connection;
    this.#profile = profile;
    this.#begins = profile.entry('begin');
    this.#commits = profile.entry('commit');
    this.#transaction = new GroupTransaction(connection.handle);
  }

  /** Resolves when the work is durable; rejects when it threw or could not be committed, and then has changed nothing. */
  write<T>(work: Work<T>): Promise<T> {
    return this.writeEach(async (tx) => [await work(tx)], undefined);
  }

  /** One item of a bulk work, which is done together with the others that are asked for meanwhile: as if each were a work. */
  writeEach<I, O>(bulk: BulkWork<I, O>, item: I): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      const keyId = actingKey();
      this.#queue.push({ bulk, item, keyId, resolve: resolve as (value: unknown) => void, reject });
      this.#running ??= this.#runNext();
    });
  }

  /** Resolves when everything asked for so far is committed or refused. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #runNext(): Promise<void> {
    await this.#gathered();
    const group = this.#queue;
    this.#queue = [];
    const finished = await this.#commit(group);
    if (finished.length < group.length) this.#queue = [...without(group, finished), ...this.#queue];
    this.#running = this.#queue.length > 0 ? this.#runNext() : undefined;
    settle(finished);
  }

  /** Waits while every turn of the event loop brings more: they share the fsync, which costs more than all the rest of a write. */
  async #gathered(): Promise<void> {
    const until = performance.now() + GATHER_LIMIT_MS;
    let seen: number;
    do {
      seen = this.#queue.length;
      await new Promise(setImmediate);
    } while (this.#queue.length > seen && this.#queue.length < ENOUGH_WORKS && performance.now() < until);
  }

  async #commit(group: readonly QueuedWork[]): Promise<FinishedWork[]> {
    try {
      return await this.#attempt(together(group), (batch) => this.#runBare(batch));
    } catch (error) {
      if (!(error instanceof PartialWork)) return group.map((queued) => failed(queued, error));
    }
    try {
      const alone = group.map((queued) => [queued] as const);
      return await this.#attempt(alone, ([queued]) => this.#runInSavepoint(queued));
    } catch (error) {
      return group.map((queued) => failed(queued, error));
    }
  }

  async #attempt<B extends readonly QueuedWork[]>(
    batches: readonly B[],
    run: (batch: B) => Promise<readonly FinishedWork[]>,
  ): Promise<FinishedWork[]> {
    const finished: FinishedWork[] = [];
    const until = performance.now() + GROUP_LIMIT_MS;
    try {
      const asked = performance.now();
      await this.#connection.begin();
      this.#profile.took(this.#begins, performance.now() - asked, () => []);
      for (const batch of batches) {
        finished.push(...(await run(batch)));
        if (performance.now() > until) break;
      }
      const began = performance.now();
      await this.#connection.commit(finished.flatMap(({ aftermath }) => aftermath.notices));
      this.#profile.took(this.#commits, performance.now() - began, () => []);
      return finished;
    } catch (error) {
      if (this.#connection.inTransaction) await this.#connection.rollback();
      throw error instanceof PartialWork ? error : this.#connection.problemOf(error);
    }
  }

  /** @param batch of one bulk work */
  async #runBare(batch: readonly QueuedWork[]): Promise<readonly FinishedWork[]> {
    const before = this.#connection.handle.changes;
    this.#transaction.aftermath = { callbacks: [], notices: [] };
    this.#transaction.keyId = batch.length === 1 ? batch[0]!.keyId : null;
    try {
      const outcomes = await batch[0]!.bulk(this.#transaction, batch.map(({ item }) => item) as never[]);
      const { aftermath } = this.#transaction;
      return batch.map((queued, index) => ended(queued, outcomes[index], index === 0 ? aftermath : noAftermath));
    } catch (error) {
      if (!this.#connection.inTransaction) throw error;
      if (batch.length > 1 || this.#connection.handle.changes !== before)
        throw new PartialWork('a work failed half way', { cause: error });
      return batch.map((queued) => failed(queued, error));
    }
  }

  async #runInSavepoint(queued: QueuedWork): Promise<readonly FinishedWork[]> {
    await this.#connection.savepoint();
    const finished = await this.#runBare([queued]).catch((error: unknown) => {
      if (!(error instanceof PartialWork)) throw error;
      return [failed(queued, this.#connection.problemOf(error.cause))];
    });
    if ('error' in finished[0]!.outcome) await this.#connection.rollbackToSavepoint();
    await this.#connection.releaseSavepoint();
    return finished;
  }
}

/** Those of one bulk work in one batch, which stands where its first item stood. */
const together = (group: readonly QueuedWork[]): readonly (readonly QueuedWork[])[] => {
  const batches = new Map<QueuedWork['bulk'], QueuedWork[]>();
  for (const queued of group) {
    const batch = batches.get(queued.bulk);
    if (batch === undefined) batches.set(queued.bulk, [queued]);
    else batch.push(queued);
  }
  return [...batches.values()];
};

const without = (group: readonly QueuedWork[], finished: readonly FinishedWork[]): QueuedWork[] => {
  const done = new Set(finished.map(({ queued }) => queued));
  return group.filter((queued) => !done.has(queued));
};

const ended = (queued: QueuedWork, outcome: unknown, aftermath: Aftermath): FinishedWork =>
  isHubError(outcome) ? { ...failed(queued, outcome), aftermath } : { queued, outcome: { value: outcome }, aftermath };

const failed = (queued: QueuedWork, error: unknown): FinishedWork => ({
  queued,
  outcome: { error },
  aftermath: noAftermath,
});

const settle = (finished: readonly FinishedWork[]): void => {
  for (const { aftermath } of finished) for (const callback of aftermath.callbacks) callback();
  for (const { queued, outcome } of finished) {
    if ('error' in outcome) queued.reject(outcome.error);
    else queued.resolve(outcome.value);
  }
};
