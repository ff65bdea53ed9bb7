import type { Database as Connection } from 'better-sqlite3';
import { Kysely } from 'kysely';
import { sqliteDialect, sqliteSql } from '../../src/db/sqlite/sqlite-dialect.js';
import {
  compileStatement,
  type Insertion,
  type SqlValue,
  type Statement,
  type Transaction,
} from '../../src/db/statement.js';
import type { Tables } from '../../src/db/tables.js';

/** Runs no statement that a store gives it, but keeps how SQLite would: the lines of its EXPLAIN QUERY PLAN. */
export class ExplainingHandle implements Transaction {
  readonly kysely: Kysely<Tables>;
  readonly plan: string[] = [];
  keyId = null;
  readonly nodeId = 0;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.kysely = new Kysely<Tables>({
      dialect: sqliteDialect(connection),
      log: ({ query }) => this.#explain(query.sql, query.parameters as SqlValue[]),
    });
  }

  all<P, R>(source: Statement<P, R>, parameters: P): R[] {
    this.#explainStatement(source, parameters);
    return [];
  }

  first<P, R>(source: Statement<P, R>, parameters: P): R | undefined {
    this.#explainStatement(source, parameters);
    return undefined;
  }

  run<P>(source: Statement<P, unknown>, parameters: P): number {
    this.#explainStatement(source, parameters);
    return 0;
  }

  insert<P>(source: Statement<P, unknown>, parameters: P): number {
    return this.run(source, parameters);
  }

  insertAll<P extends object>(source: Insertion<P>, rows: readonly P[]): number[] {
    return rows.map((row) => this.insert(source, row));
  }

  send<P>(source: Statement<P, unknown>, parameters: P): void {
    this.run(source, parameters);
  }

  afterCommit(): void {}

  whenDurable(): void {}

  tell(): void {}

  #explainStatement<P>(source: Statement<P, unknown>, parameters: P): void {
    const { sql, bind } = compileStatement(this.kysely, sqliteSql, source as Statement<never, unknown>);
    this.#explain(sql, bind([parameters as object]));
  }

  #explain(sql: string, parameters: readonly SqlValue[]): void {
    const lines = this.#connection
      .prepare<SqlValue[], { detail: string }>(`explain query plan ${sql}`)
      .all(...parameters);
    this.plan.push(...lines.map(({ detail }) => detail));
  }
}
