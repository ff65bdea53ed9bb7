import type { Database as Connection, Statement as Prepared } from 'better-sqlite3';
import { Kysely } from 'kysely';
import { sqliteDialect } from './sqlite-dialect.js';
import { compileStatement, type Handle, type SqlValue, type Statement } from './statement.js';
import type { Tables } from './tables.js';

interface Bound {
  readonly prepared: Prepared;
  bind(parameters: object): SqlValue[];
}

/** Runs statements on one better-sqlite3 connection, each compiled and prepared at its first use. Answers at once. */
export class SqliteHandle implements Handle {
  readonly kysely: Kysely<Tables>;
  /** Writing calls so far, through prepared statements or Kysely. */
  changes = 0;
  readonly #connection: Connection;
  readonly #bound = new Map<object, Bound>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.kysely = new Kysely<Tables>({
      dialect: sqliteDialect(connection),
      log: () => {
        this.changes++;
      },
    });
  }

  all<P, R>(source: Statement<P, R>, parameters: P): R[] {
    const { prepared, bind } = this.#prepare(source);
    return prepared.all(bind(parameters as object)) as R[];
  }

  first<P, R>(source: Statement<P, R>, parameters: P): R | undefined {
    const { prepared, bind } = this.#prepare(source);
    return prepared.get(bind(parameters as object)) as R | undefined;
  }

  run<P>(source: Statement<P, unknown>, parameters: P): number {
    const { prepared, bind } = this.#prepare(source);
    this.changes++;
    return prepared.run(bind(parameters as object)).changes;
  }

  insert<P>(source: Statement<P, unknown>, parameters: P): number {
    const { prepared, bind } = this.#prepare(source);
    this.changes++;
    return prepared.run(bind(parameters as object)).lastInsertRowid as number;
  }

  #prepare(source: object): Bound {
    const known = this.#bound.get(source);
    if (known !== undefined) return known;
    const compiled = compileStatement(this.kysely, source as Statement<never, unknown>);
    const bound = { prepared: this.#connection.prepare(compiled.sql), bind: compiled.bind };
    this.#bound.set(source, bound);
    return bound;
  }
}
