import type { Database as Connection, Statement as Prepared } from 'better-sqlite3';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { SqlDialect } from '../sql-dialect.js';
import { sqliteHasWords } from '../word-index.js';

const MOST_PREPARED = 500;

/** Prepared statements by their text; the one used longest ago makes room. */
export class StatementCache {
  readonly #connection: Connection;
  readonly #prepared = new Map<string, Prepared>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get(text: string): Prepared {
    const known = this.#prepared.get(text);
    const prepared = known ?? this.#connection.prepare(text);
    if (known !== undefined) this.#prepared.delete(text);
    else if (this.#prepared.size >= MOST_PREPARED) this.#prepared.delete(this.#prepared.keys().next().value!);
    this.#prepared.set(text, prepared);
    return prepared;
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #statements: StatementCache;

  constructor(statements: StatementCache) {
    this.#statements = statements;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const prepared = this.#statements.get(query.sql);
    if (prepared.reader) return { rows: prepared.all(query.parameters) as R[] };
    const { changes, lastInsertRowid } = prepared.run(query.parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    for (const row of this.#statements.get(query.sql).iterate(query.parameters)) yield { rows: [row as R] };
  }
}

/** One connection that is opened and closed elsewhere; transactions are begun here only by Kysely's migrator. */
class SqliteDriver implements Driver {
  readonly #connection: Connection;
  readonly #handle: SqliteConnection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#handle = new SqliteConnection(new StatementCache(connection));
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#handle;
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
  async beginTransaction(): Promise<void> {
    this.#connection.exec('begin immediate');
  }
  async commitTransaction(): Promise<void> {
    this.#connection.exec('commit');
  }
  async rollbackTransaction(): Promise<void> {
    if (this.#connection.inTransaction) this.#connection.exec('rollback');
  }
}

/** SQLite can roll back DDL. Kysely's own adapter says it cannot, and would leave half of a failed migration behind. */
class AtomicSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export const sqliteDialect = (connection: Connection): Dialect => ({
  createAdapter: () => new AtomicSqliteAdapter(),
  createDriver: () => new SqliteDriver(connection),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
});

export const sqliteSql: SqlDialect = {
  now: sql.raw(`cast(unixepoch('subsec') * 1000 as integer)`),
  isOneOf: (column, jsonArray) => sql<boolean>`${sql.ref(column)} in (select value from json_each(${jsonArray}))`,
  hasWords: sqliteHasWords,
  // There is one writer.
  forUpdate: sql``,
};
