import type { Database as Connection, Statement as Prepared, RunResult } from 'better-sqlite3';
import { Kysely } from 'kysely';
import { compileStatement, type Insertion, type SqlValue, type Statement, type WritingHandle } from '../statement.js';
import { type StatementEntry, type StatementProfile, statementName } from '../statement-profile.js';
import type { Tables } from '../tables.js';
import { sqliteDialect, sqliteSql } from './sqlite-dialect.js';

interface Bound {
  readonly prepared: Prepared;
  readonly sql: string;
  readonly entry: StatementEntry;
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
  nodeId = 0;
  readonly #connection: Connection;
  readonly #profile: StatementProfile;
  readonly #bound = new Map<object, Bound>();

  constructor(connection: Connection, profile: StatementProfile) {
    this.#connection = connection;
    this.#profile = profile;
    this.kysely = new Kysely<Tables>({
      dialect: sqliteDialect(connection),
      log: ({ query: { sql, parameters }, queryDurationMillis }) => {
        this.changes++;
        this.#profile.took(this.#profile.entry(statementName(sql, 'built')), queryDurationMillis, () =>
          this.#plan(sql, parameters as SqlValue[]),
        );
      },
    });
  }

  all<P, R>(source: Statement<P, R>, parameters: P): R[] {
    const bound = this.#prepare(source);
    const values = bound.bind([parameters as object]);
    const began = performance.now();
    const rows = bound.prepared.all(...values);
    this.#took(bound, began, values);
    const { toRow } = bound;
    for (let index = 0; index < rows.length; index++) rows[index] = toRow(rows[index]);
    return rows as R[];
  }

  first<P, R>(source: Statement<P, R>, parameters: P): R | undefined {
    const bound = this.#prepare(source);
    const values = bound.bind([parameters as object]);
    const began = performance.now();
    const row = bound.prepared.get(...values);
    this.#took(bound, began, values);
    return row === undefined ? undefined : (bound.toRow(row) as R);
  }

  run<P>(source: Statement<P, unknown>, parameters: P): number {
    return this.#change(source, [parameters as object]).changes;
  }

  insert<P>(source: Statement<P, unknown>, parameters: P): number {
    return this.#change(source, [parameters as object]).lastInsertRowid as number;
  }

  insertAll<P extends object>(source: Insertion<P>, rows: readonly P[]): number[] {
    const keys: number[] = [];
    let start = 0;
    for (; start + ROWS_AT_ONCE <= rows.length; start += ROWS_AT_ONCE) {
      const some = rows.slice(start, start + ROWS_AT_ONCE);
      const last = this.#change(source.ofRows(ROWS_AT_ONCE), some).lastInsertRowid as number;
      // One statement of the only writer: its keys follow each other.
      for (let key = last - ROWS_AT_ONCE + 1; key <= last; key++) keys.push(key);
    }
    for (; start < rows.length; start++) keys.push(this.insert(source, rows[start]!));
    return keys;
  }

  send<P>(source: Statement<P, unknown>, parameters: P): void {
    this.run(source, parameters);
  }

  #change(source: object, rows: readonly object[]): RunResult {
    const bound = this.#prepare(source);
    const values = bound.bind(rows);
    this.changes++;
    const began = performance.now();
    const result = bound.prepared.run(...values);
    this.#took(bound, began, values);
    return result;
  }

  #took({ entry, sql }: Bound, began: number, values: readonly SqlValue[]): void {
    this.#profile.took(entry, performance.now() - began, () => this.#plan(sql, values));
  }

  #plan(sql: string, values: readonly SqlValue[]): string[] {
    const steps = this.#connection.prepare(`explain query plan ${sql}`).all(...values) as { detail: string }[];
    return steps.map(({ detail }) => detail);
  }

  #prepare(source: object): Bound {
    const known = this.#bound.get(source);
    if (known !== undefined) return known;
    const compiled = compileStatement(this.kysely, sqliteSql, source as Statement<never, unknown>);
    const prepared = this.#connection.prepare(compiled.sql);
    const toRow = prepared.reader ? rowMaker(prepared.raw()) : noRow;
    const site = (source as Statement<never, unknown>).site?.() ?? 'built';
    const entry = this.#profile.entry(statementName(compiled.sql, site));
    const bound = { prepared, sql: compiled.sql, entry, bind: compiled.bind, toRow };
    this.#bound.set(source, bound);
    return bound;
  }
}
