import type { Pool, PoolClient } from 'pg';
import type { Durability } from '../database.js';
import type { WriteConnection } from '../write-group.js';
import { PostgresHandle } from './postgres-handle.js';
import type { DatabaseHold } from './postgres-hold.js';
import { commitUnknown, databaseAway, isHung, problemOf } from './postgres-problem.js';

/** In milliseconds. */
export interface TimeLimits {
  /** The server ends a statement of a write that takes longer, */
  readonly statementMs: number;
  /** and a write that does nothing for so long. */
  readonly pauseMs: number;
  /** A connection that has not answered in this time is given up. */
  readonly answerMs: number;
}

interface WriteConnectionParts {
  readonly pool: Pool;
  readonly hold: DatabaseHold;
  readonly durability: Durability;
  readonly limits: TimeLimits;
}

/** One transaction after the other, each on a connection of the pool. */
export class PostgresWriteConnection implements WriteConnection {
  readonly handle: PostgresHandle;
  readonly problemOf = problemOf;
  readonly #pool: Pool;
  readonly #hold: DatabaseHold;
  readonly #begin: string;
  #client: PoolClient | undefined;
  #broken: Error | undefined;

  constructor({ pool, hold, durability, limits }: WriteConnectionParts) {
    this.#pool = pool;
    this.#hold = hold;
    this.#begin = [
      'begin',
      `set local statement_timeout = ${limits.statementMs}`,
      `set local idle_in_transaction_session_timeout = ${limits.pauseMs}`,
      ...(durability === 'full' ? [] : ['set local synchronous_commit = off']),
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
    });
  }

  get inTransaction(): boolean {
    return this.#client !== undefined;
  }

  async begin(): Promise<void> {
    if (!this.#hold.isHeld) throw databaseAway();
    this.#client = await this.#pool.connect();
    await this.#client.query(this.#begin);
  }

  /** A transaction in which something failed is rolled back by its commit, and only the name of the command tells. */
  async commit(): Promise<void> {
    const result = await this.#client?.query('commit').catch((error: unknown) => {
      if (isHung(error)) this.#broken = error as Error;
      throw commitUnknown(error);
    });
    if (result?.command !== 'COMMIT') throw new Error('The transaction had failed, so it was rolled back.');
    this.#release();
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

  #release(error?: Error): void {
    this.#client?.release(error);
    this.#client = undefined;
    this.#broken = undefined;
  }
}
