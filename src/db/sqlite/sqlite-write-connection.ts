import type { Database as Connection } from 'better-sqlite3';
import { HubError } from '../../lib/errors.js';
import type { StatementProfile } from '../statement-profile.js';
import type { WriteConnection } from '../write-group.js';
import { SqliteHandle } from './sqlite-handle.js';

/** SQLite has one writer at a time, and this is it: everything answers at once. */
export class SqliteWriteConnection implements WriteConnection {
  readonly handle: SqliteHandle;
  readonly #connection: Connection;

  constructor(connection: Connection, profile: StatementProfile) {
    this.#connection = connection;
    this.handle = new SqliteHandle(connection, profile);
  }

  get inTransaction(): boolean {
    return this.#connection.inTransaction;
  }

  begin(): void {
    this.#connection.exec('begin immediate');
  }

  commit(): void {
    this.#connection.exec('commit');
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
