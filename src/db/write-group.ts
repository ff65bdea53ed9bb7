import { actingKey } from '../lib/acting-key.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { HubError } from '../lib/errors.js';
import {
  type AskedWork,
  answer,
  type BulkWork,
  type FinishedWork,
  failedWork,
  finishedWork,
  noAftermath,
  settle,
  type Work,
} from './asked-work.js';
import { GroupTransaction, newAftermath } from './group-transaction.js';
import type { Notice } from './memory.js';
import type { WritingHandle } from './statement.js';
import type { StatementEntry, StatementProfile } from './statement-profile.js';
import { SyncQueue } from './sync-queue.js';

/** How long the first work of a group waits for others at most, in milliseconds. */
const GATHER_LIMIT_MS = 2;

/** From so many on they do not wait, neither for others nor for the disk. */
const ENOUGH_WORKS = 24;

/** How long one group may hold the event loop before it commits what it has, in milliseconds. */
const GROUP_LIMIT_MS = 20;

/** The one connection that a group writes through. */
export interface WriteConnection {
  readonly handle: WritingHandle;
  /** False where an error has ended the transaction. */
  readonly inTransaction: boolean;
  /** Why nothing more is written: nobody knows what the disk has. */
  readonly failure?: HubError | undefined;
  begin(): Awaitable<void>;
  /**
   * Throws where it is not sure that it is done.
   * @param notices for the other hubs of the database, where there can be any
   * @param isMoreComing the next thing it is asked is to begin another
   */
  commit(notices: readonly Notice[], isMoreComing: boolean): Awaitable<void>;
  /** Resolves when all that was committed before is durable. Absent where a commit is. @param isQuiet only a few works are waited for */
  sync?(isQuiet: boolean): Awaitable<void>;
  rollback(): Awaitable<void>;
  /** Resolves when every statement is answered. Absent where each is at once. @throws PartialWork where one that nobody waited for has failed */
  settled?(): Awaitable<void>;
  savepoint(): Awaitable<void>;
  rollbackToSavepoint(): Awaitable<void>;
  releaseSavepoint(): Awaitable<void>;
  /** What to tell who asked, for an error of the database. */
  problemOf(error: unknown): unknown;
}

/** A work wrote something and then threw: the group is done again with a savepoint around each work, every item by itself. */
export class PartialWork extends Error {}

/**
 * Group commit: the works that are asked for in one turn of the event loop share one `BEGIN ... COMMIT`, and those that are committed
 * while the disk is busy share its next sync. A work may be run twice (see PartialWork), so it changes nothing but the database, and
 * awaits nothing but its transaction.
 */
export class WriteGroup {
  readonly #connection: WriteConnection;
  readonly #transaction: GroupTransaction;
  readonly #profile: StatementProfile;
  readonly #begins: StatementEntry;
  readonly #commits: StatementEntry;
  /** Undefined where a commit is durable. */
  readonly #syncs: SyncQueue | undefined;
  #queue: AskedWork[] = [];
  #lastSize = 0;
  /** The connection was told so with the last commit. */
  #isMoreComing = false;
  #running: Promise<void> | undefined;
  /** Lets the next group begin while the disk is busy. */
  #goAhead: (() => void) | undefined;

  constructor(connection: WriteConnection, profile: StatementProfile) {
    this.#connection = connection;
    this.#profile = profile;
    this.#begins = profile.entry('begin');
    this.#commits = profile.entry('commit');
    const sync = connection.sync?.bind(connection);
    if (sync !== undefined)
      this.#syncs = new SyncQueue({
        sync,
        profile,
        hasMore: () => this.#queue.length > 0,
        onSynced: () => this.#goAhead?.(),
      });
    this.#transaction = new GroupTransaction(connection.handle);
  }

  /** Resolves when the work is durable; rejects when it threw or could not be committed, and then has changed nothing. */
  write<T>(work: Work<T>): Promise<T> {
    return this.#ask(alone(work), undefined, false);
  }

  /** The same, but resolves when the work is committed, and does not wait for the disk before either. */
  writeEarly<T>(work: Work<T>): Promise<T> {
    return this.#ask(alone(work), undefined, true);
  }

  /** One item of a bulk work, which is done together with the others that are asked for meanwhile: as if each were a work. */
  writeEach<I, O>(bulk: BulkWork<I, O>, item: I): Promise<O> {
    return this.#ask(bulk, item, false);
  }

  /** Resolves when all that is committed by now is durable; undefined where it is. */
  durable(): Promise<void> | undefined {
    const { failure } = this.#connection;
    if (failure !== undefined) return Promise.reject(failure);
    return this.#syncs?.durable(this.#running !== undefined);
  }

  /** Resolves when everything asked for so far is durable or refused. */
  async drain(): Promise<void> {
    do {
      await this.#running;
      await this.#syncs?.drain();
    } while (this.#running !== undefined);
  }

  /** Nothing was done yet for those who wait: they are told why, and what is under way goes on. */
  refuseWaiting(problem: unknown): void {
    for (const { reject } of this.#queue.splice(0)) reject(problem);
  }

  #ask<I, O>(bulk: BulkWork<I, O>, item: I, isEarly: boolean): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      const keyId = actingKey();
      this.#queue.push({ bulk, item, keyId, isEarly, resolve: resolve as (value: unknown) => void, reject });
      this.#running ??= this.#run();
      if (this.#isPressing()) this.#goAhead?.();
    });
  }

  async #run(): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      if (isFirst || this.#syncs !== undefined) await this.#gathered();
      const group = this.#takeGroup();
      const finished = await this.#commit(group);
      if (finished.length < group.length) this.#queue = [...without(group, finished), ...this.#queue];
      // What was begun for works that were refused meanwhile is ended with nothing in it.
      const isOver = this.#queue.length === 0 && !this.#isMoreComing;
      if (isOver) this.#running = undefined;
      this.#keep(finished);
      if (isOver) return;
    }
  }

  /** Where a commit waits for the disk itself, half of those who ask all the time are written while the other half ask anew. */
  #takeGroup(): AskedWork[] {
    const { length } = this.#queue;
    const group = this.#queue.splice(0, this.#syncs === undefined ? Math.ceil((length + this.#lastSize) / 2) : length);
    this.#lastSize = group.length;
    return group;
  }

  /** Waits while every turn of the event loop brings more: they share the fsync, which costs more than all the rest of a write. */
  async #gathered(): Promise<void> {
    if (this.#syncs?.isDiskBusy === true && !this.#isPressing())
      await new Promise<void>((resolve) => {
        this.#goAhead = resolve;
      });
    const until = performance.now() + GATHER_LIMIT_MS;
    let seen: number;
    do {
      seen = this.#queue.length;
      await new Promise(setImmediate);
    } while (this.#queue.length > seen && this.#queue.length < ENOUGH_WORKS && performance.now() < until);
  }

  /** Memory learns of a commit at once; who asked hears of it when it is durable. */
  #keep(finished: readonly FinishedWork[]): void {
    for (const { aftermath } of finished) for (const callback of aftermath.committed) callback();
    for (const each of finished) if (each.work.isEarly) answer(each);
    if (this.#syncs === undefined) settle(finished);
    else this.#syncs.add(finished);
  }

  /** Somebody waits for it who does not wait for the disk, or there is enough to do. */
  #isPressing(): boolean {
    return this.#queue.length >= ENOUGH_WORKS || this.#queue.some(({ isEarly }) => isEarly);
  }

  async #commit(group: readonly AskedWork[]): Promise<FinishedWork[]> {
    try {
      return await this.#attempt(together(group), (batch) => this.#runBare(batch));
    } catch (error) {
      if (!(error instanceof PartialWork)) return group.map((work) => failedWork(work, error));
    }
    try {
      const each = group.map((work) => [work] as const);
      return await this.#attempt(each, ([work]) => this.#runInSavepoint(work));
    } catch (error) {
      return group.map((work) => failedWork(work, error));
    }
  }

  async #attempt<B extends readonly AskedWork[]>(
    batches: readonly B[],
    run: (batch: B) => Promise<readonly FinishedWork[]>,
  ): Promise<FinishedWork[]> {
    const finished: FinishedWork[] = [];
    this.#isMoreComing = false;
    try {
      const asked = performance.now();
      await this.#connection.begin();
      this.#profile.took(this.#begins, performance.now() - asked, () => []);
      const until = performance.now() + GROUP_LIMIT_MS;
      let isCutShort = false;
      for (const batch of batches) {
        isCutShort = finished.length > 0 && performance.now() > until;
        if (isCutShort) break;
        finished.push(...(await run(batch)));
      }
      const began = performance.now();
      const notices = finished.flatMap(({ aftermath }) => aftermath.notices);
      const isMoreComing = isCutShort || this.#queue.length > 0;
      await this.#connection.commit(notices, isMoreComing);
      this.#isMoreComing = isMoreComing;
      this.#profile.took(this.#commits, performance.now() - began, () => []);
      return finished;
    } catch (error) {
      if (this.#connection.inTransaction) await this.#connection.rollback();
      throw error instanceof PartialWork ? error : this.#connection.problemOf(error);
    }
  }

  /** @param batch of one bulk work */
  async #runBare(batch: readonly AskedWork[]): Promise<readonly FinishedWork[]> {
    const before = this.#connection.handle.changes;
    this.#transaction.aftermath = newAftermath();
    this.#transaction.keyId = batch.length === 1 ? batch[0]!.keyId : null;
    try {
      const outcomes = await batch[0]!.bulk(this.#transaction, batch.map(({ item }) => item) as never[]);
      const { aftermath } = this.#transaction;
      return batch.map((work, index) => finishedWork(work, outcomes[index], index === 0 ? aftermath : noAftermath));
    } catch (error) {
      if (!this.#connection.inTransaction) throw error;
      if (batch.length > 1 || this.#connection.handle.changes !== before)
        throw new PartialWork('a work failed half way', { cause: error });
      return batch.map((work) => failedWork(work, error));
    }
  }

  async #runInSavepoint(work: AskedWork): Promise<readonly FinishedWork[]> {
    await this.#connection.savepoint();
    const finished = await this.#runSettled(work).catch((error: unknown) => {
      if (!(error instanceof PartialWork)) throw error;
      return [failedWork(work, this.#connection.problemOf(error.cause))];
    });
    if ('error' in finished[0]!.outcome) await this.#connection.rollbackToSavepoint();
    await this.#connection.releaseSavepoint();
    return finished;
  }

  /** What went wrong first is why it has failed, also where nobody waited for that. */
  async #runSettled(work: AskedWork): Promise<readonly FinishedWork[]> {
    const running = this.#runBare([work]);
    await running.catch(() => undefined);
    await this.#connection.settled?.();
    return await running;
  }
}

/** Those of one bulk work in one batch, which stands where its first item stood. */
const together = (group: readonly AskedWork[]): readonly (readonly AskedWork[])[] => {
  const batches = new Map<AskedWork['bulk'], AskedWork[]>();
  for (const work of group) {
    const batch = batches.get(work.bulk);
    if (batch === undefined) batches.set(work.bulk, [work]);
    else batch.push(work);
  }
  return [...batches.values()];
};

const without = (group: readonly AskedWork[], finished: readonly FinishedWork[]): AskedWork[] => {
  const done = new Set(finished.map(({ work }) => work));
  return group.filter((work) => !done.has(work));
};

const alone =
  <T>(work: Work<T>): BulkWork<undefined, T> =>
  async (tx) => [await work(tx)];
