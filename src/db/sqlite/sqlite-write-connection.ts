import type { Database as Connection } from 'better-sqlite3';
import type { Awaitable } from '../../lib/awaitable.js';
import { HubError } from '../../lib/errors.js';
import type { StatementProfile } from '../statement-profile.js';
import type { WriteConnection } from '../write-group.js';
import { SqliteHandle } from './sqlite-handle.js';

/** Resolves when all that is committed is on the disk. */
export type MakeDurable = (isQuiet: boolean) => Awaitable<void>;

/** SQLite has one writer at a time, and this is it: everything but the disk answers at once. */
export class SqliteWriteConnection implements WriteConnection {
  readonly handle: SqliteHandle;
  readonly #connection: Connection;
  readonly #makeDurable: MakeDurable;
  #failure: HubError | undefined;
  /** Of the changes of the handle, how many are committed, and how many are on the disk. */
  #committedChanges = 0;
  #durableChanges = 0;

  constructor(connection: Connection, profile: StatementProfile, makeDurable: MakeDurable) {
    this.#connection = connection;
    this.#makeDurable = makeDurable;
    this.handle = new SqliteHandle(connection, profile);
  }

  /** Of the disk. */
  get failure(): HubError | undefined {
    return this.#failure;
  }

  get inTransaction(): boolean {
    return this.#connection.inTransaction;
  }

  begin(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#connection.exec('begin immediate');
  }

  commit(): void {
    this.#connection.exec('commit');
    this.#committedChanges = this.handle.changes;
  }

  /** What the disk has refused to keep may be there or not, now and after a crash: nothing is written on top of it. */
  async sync(isQuiet: boolean): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const changes = this.#committedChanges;
    if (changes === this.#durableChanges) return;
    try {
      await this.#makeDurable(isQuiet);
      this.#durableChanges = changes;
    } catch (error) {
      this.#failure = diskFailed(error);
      throw this.#failure;
    }
  }

  rollback(): void {
    this.#connection.exec('rollback');
  }

  savepoint(): void {
    this.#connection.exec('savepoint work');
  }

  rollbackToSavepoint(): void {
    this.#connection.exec('rollback to work');
  }

  releaseSavepoint(): void {
    this.#connection.exec('release work');
  }

  problemOf(error: unknown): unknown {
    if ((error as { code?: string }).code !== 'SQLITE_FULL') return error;
    return new HubError('disk_full', "The disk with the hub's database is full; nothing was written.", {
      cause: error,
    });
  }
}

const diskFailed = (cause: unknown): HubError =>
  new HubError('disk_failed', 'The disk did not keep what was written: see to it, then start the hub again.', {
    cause,
  });
