import type { Database as Connection } from 'better-sqlite3';
import type { Statement } from '../statement.js';
import type { StatementProfile } from '../statement-profile.js';
import { SqliteHandle } from './sqlite-handle.js';
import type { SqliteWriteConnection } from './sqlite-write-connection.js';

/**
 * Reads what is committed. The connection that writes has the pages that others have just written in its cache, so it is asked as long
 * as no transaction is open on it; one of its own would read them from the file again after every commit.
 */
export class CommittedReads extends SqliteHandle {
  readonly #writer: SqliteWriteConnection;

  constructor(connection: Connection, profile: StatementProfile, writer: SqliteWriteConnection) {
    super(connection, profile);
    this.#writer = writer;
  }

  override all<P, R>(source: Statement<P, R>, parameters: P): R[] {
    return this.#writer.inTransaction ? super.all(source, parameters) : this.#writer.handle.all(source, parameters);
  }

  override first<P, R>(source: Statement<P, R>, parameters: P): R | undefined {
    return this.#writer.inTransaction ? super.first(source, parameters) : this.#writer.handle.first(source, parameters);
  }
}
