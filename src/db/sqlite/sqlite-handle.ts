import type { Database as Connection, Statement as Prepared } from 'better-sqlite3';
import { Kysely } from 'kysely';
import { compileStatement, type Insertion, type SqlValue, type Statement, type WritingHandle } from '../statement.js';
import type { Tables } from '../tables.js';
import { sqliteDialect, sqliteSql } from './sqlite-dialect.js';

interface Bound {
  readonly prepared: Prepared;
  bind(rows: readonly object[]): SqlValue[];
  /** Of a statement that answers rows. */
  toRow(values: unknown): unknown;
}

/** More than these gain nothing. */
const ROWS_AT_ONCE = 8;

/**
 * An object literal with the columns in it. better-sqlite3 would look up the name of each column of each row, which was half of the
 * time of a claim.
 */
const rowMaker = (prepared: Prepared): ((values: unknown) => unknown) => {
  const fields = prepared.columns().map(({ name }, index) => `${JSON.stringify(name)}: values[${index}]`);
  return new Function('values', `return { ${fields.join(', ')} };`) as (values: unknown) => unknown;
};

const noRow = (): never => {
  throw new TypeError('The statement answers no rows.');
};

/** Runs statements on one better-sqlite3 connection, each compiled and prepared at its first use. Answers at once. */
export class SqliteHandle implements WritingHandle {
  readonly kysely: Kysely<Tables>;
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
    const { prepared, bind, toRow } = this.#prepare(source);
    const rows = prepared.all(...bind([parameters as object]));
    for (let index = 0; index < rows.length; index++) rows[index] = toRow(rows[index]);
    return rows as R[];
  }

  first<P, R>(source: Statement<P, R>, parameters: P): R | undefined {
    const { prepared, bind, toRow } = this.#prepare(source);
    const values = prepared.get(...bind([parameters as object]));
    return values === undefined ? undefined : (toRow(values) as R);
  }

  run<P>(source: Statement<P, unknown>, parameters: P): number {
    const { prepared, bind } = this.#prepare(source);
    this.changes++;
    return prepared.run(...bind([parameters as object])).changes;
  }

  insert<P>(source: Statement<P, unknown>, parameters: P): number {
    const { prepared, bind } = this.#prepare(source);
    this.changes++;
    return prepared.run(...bind([parameters as object])).lastInsertRowid as number;
  }

  insertAll<P extends object>(source: Insertion<P>, rows: readonly P[]): number[] {
    const keys: number[] = [];
    let start = 0;
    for (; start + ROWS_AT_ONCE <= rows.length; start += ROWS_AT_ONCE) {
      const { prepared, bind } = this.#prepare(source.ofRows(ROWS_AT_ONCE));
      this.changes++;
      const last = prepared.run(...bind(rows.slice(start, start + ROWS_AT_ONCE))).lastInsertRowid as number;
      // One statement of the only writer: its keys follow each other.
      for (let key = last - ROWS_AT_ONCE + 1; key <= last; key++) keys.push(key);
    }
    for (; start < rows.length; start++) keys.push(this.insert(source, rows[start]!));
    return keys;
  }

  #prepare(source: object): Bound {
    const known = this.#bound.get(source);
    if (known !== undefined) return known;
    const compiled = compileStatement(this.kysely, sqliteSql, source as Statement<never, unknown>);
    const prepared = this.#connection.prepare(compiled.sql);
    const toRow = prepared.reader ? rowMaker(prepared.raw()) : noRow;
    const bound = { prepared, bind: compiled.bind, toRow };
    this.#bound.set(source, bound);
    return bound;
  }
}
