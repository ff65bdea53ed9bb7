import type { Handle, Insertion, Statement } from '../statement.js';
import type { SqliteHandle } from './sqlite-handle.js';
import type { SqliteWriteConnection } from './sqlite-write-connection.js';

/**
 * Reads what is committed. The connection that writes has the pages that others have just written in its cache, so it is asked as long
 * as no transaction is open on it; one of its own would read them from the file again after every commit.
 */
export class CommittedReads implements Handle {
  readonly #writer: SqliteWriteConnection;
  readonly #reader: SqliteHandle;

  constructor(writer: SqliteWriteConnection, reader: SqliteHandle) {
    this.#writer = writer;
    this.#reader = reader;
  }

  get kysely(): Handle['kysely'] {
    return this.#reader.kysely;
  }

  get nodeId(): number {
    return this.#reader.nodeId;
  }

  set nodeId(id: number) {
    this.#reader.nodeId = id;
  }

  all<P, R>(source: Statement<P, R>, parameters: P): R[] {
    return this.#handle.all(source, parameters);
  }

  first<P, R>(source: Statement<P, R>, parameters: P): R | undefined {
    return this.#handle.first(source, parameters);
  }

  run<P>(source: Statement<P, unknown>, parameters: P): number {
    return this.#reader.run(source, parameters);
  }

  insert<P>(source: Statement<P, unknown>, parameters: P): number {
    return this.#reader.insert(source, parameters);
  }

  insertAll<P extends object>(source: Insertion<P>, rows: readonly P[]): number[] {
    return this.#reader.insertAll(source, rows);
  }

  send<P>(source: Statement<P, unknown>, parameters: P): void {
    this.#reader.send(source, parameters);
  }

  get #handle(): SqliteHandle {
    return this.#writer.inTransaction ? this.#reader : this.#writer.handle;
  }
}
