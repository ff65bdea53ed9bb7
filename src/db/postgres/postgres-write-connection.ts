import { escapeLiteral, type Pool, type PoolClient, type QueryResult } from 'pg';
import type { Durability } from '../database.js';
import type { Notice } from '../memory.js';
import type { WriteConnection } from '../write-group.js';
import { type CommitFollower, noticesText } from './commit-follower.js';
import { SERVER_NOW } from './postgres-dialect.js';
import { PostgresHandle, type PostgresHandleOptions } from './postgres-handle.js';
import { commitUnknown, isAnswer, isHung, problemOf } from './postgres-problem.js';

/** In milliseconds. */
export interface TimeLimits {
  /** Until a connection is there, new or free again. */
  readonly connectMs: number;
  /** The server ends a statement of a write that takes longer, */
  readonly statementMs: number;
  /** a write that does nothing for so long, */
  readonly pauseMs: number;
  /** and one that waits so long for the writes of other hubs. */
  readonly lockMs: number;
  /** A connection that has not answered in this time is given up. */
  readonly answerMs: number;
}

interface WriteConnectionParts {
  readonly pool: Pool;
  readonly follower: CommitFollower;
  readonly durability: Durability;
  readonly limits: TimeLimits;
  /** Something was committed that others must know. */
  onCommit(): void;
  readonly handle: PostgresHandleOptions;
}

/** One write at a time on a database, whichever hub it is of. The letters "granger" as a number. */
const WRITE_LOCK = '29113321772053874';

/** Who has not looked for so long loads everything anew. */
const KEEP_COMMITS_MS = 600_000;
const PRUNE_EVERY_MS = 30_000;
const prune = `delete from commits where id in (select id from commits order by id limit 50000)
  and at < ${SERVER_NOW} - ${KEEP_COMMITS_MS} and id < (select max(id) from commits)`;

/** One transaction after the other, each on a connection of the pool. */
export class PostgresWriteConnection implements WriteConnection {
  readonly handle: PostgresHandle;
  readonly problemOf = problemOf;
  readonly #pool: Pool;
  readonly #follower: CommitFollower;
  readonly #onCommit: () => void;
  readonly #begin: string;
  #client: PoolClient | undefined;
  #broken: Error | undefined;
  #prunedAt = performance.now();

  constructor({ pool, follower, durability, limits, onCommit, handle }: WriteConnectionParts) {
    this.#pool = pool;
    this.#follower = follower;
    this.#onCommit = onCommit;
    this.#begin = [
      'begin',
      `set local statement_timeout = ${limits.statementMs}`,
      `set local idle_in_transaction_session_timeout = ${limits.pauseMs}`,
      `set local lock_timeout = ${limits.lockMs}`,
      ...(durability === 'full' ? [] : ['set local synchronous_commit = off']),
      `select pg_advisory_xact_lock(${WRITE_LOCK})`,
      '',
    ].join(';');
    this.handle = new PostgresHandle(async () => {
      const client = this.#client;
      if (client === undefined) throw new Error('A work used its transaction after its end.');
      return {
        query: (config) => client.query(config),
        release: (broken) => {
          this.#broken ??= broken;
        },
      };
    }, handle);
  }

  get inTransaction(): boolean {
    return this.#client !== undefined;
  }

  /** Each statement of it sees what was committed before it began: the last one all that was committed before the lock was free. */
  async begin(): Promise<void> {
    const client = await this.#pool.connect();
    this.#client = client;
    const news = await client.query(this.#begin + this.#follower.query).then(lastOf, this.#mark);
    await this.#follower.catchUpLocked({ query: (text) => client.query(text), handle: this.handle }, news.rows);
  }

  /** A transaction in which something failed is rolled back by its commit, and only the name of the command tells. */
  async commit(notices: readonly Notice[]): Promise<void> {
    let id: number | undefined;
    this.#follower.commitBegins();
    try {
      const results = [await this.#client?.query(this.#commitText(notices)).catch(this.#unsureWhether)].flat();
      if (results.at(-1)?.command !== 'COMMIT') throw new Error('The transaction had failed, so it was rolled back.');
      id = results.find((result) => result?.command === 'INSERT')?.rows[0]?.id;
    } finally {
      this.#follower.commitEnds(id);
    }
    this.#release();
    if (id !== undefined) this.#onCommit();
  }

  /** A connection that cannot even roll back is not used again; the server ends its transaction with it. */
  async rollback(): Promise<void> {
    try {
      if (this.#broken === undefined) await this.#client?.query('rollback');
      this.#release(this.#broken);
    } catch (error) {
      this.#release(error as Error);
    }
  }

  async savepoint(): Promise<void> {
    await this.#client?.query('savepoint work');
  }

  async rollbackToSavepoint(): Promise<void> {
    await this.#client?.query('rollback to savepoint work');
  }

  async releaseSavepoint(): Promise<void> {
    await this.#client?.query('release savepoint work');
  }

  /** What others must know goes with the commit, in one message to the server. */
  #commitText(notices: readonly Notice[]): string {
    if (notices.length === 0) return 'commit';
    const values = [escapeLiteral(this.#follower.origin), SERVER_NOW, escapeLiteral(noticesText(notices))];
    const insert = `insert into commits (origin, at, notices) values (${values.join(', ')}) returning id`;
    const isTimeToPrune = performance.now() - this.#prunedAt > PRUNE_EVERY_MS;
    if (isTimeToPrune) this.#prunedAt = performance.now();
    return [...(isTimeToPrune ? [prune] : []), insert, 'commit'].join(';');
  }

  /** A connection that does not answer is not asked again. */
  readonly #mark = (error: unknown): never => {
    if (isHung(error)) this.#broken = error as Error;
    throw error;
  };

  readonly #unsureWhether = (error: unknown): never => {
    if (isHung(error)) this.#broken = error as Error;
    throw isAnswer(error) ? error : commitUnknown(error);
  };

  #release(error?: Error): void {
    this.#client?.release(error);
    this.#client = undefined;
    this.#broken = undefined;
  }
}

/** Of several statements in one text. */
const lastOf = (results: QueryResult | QueryResult[]): QueryResult => [results].flat().at(-1)!;
