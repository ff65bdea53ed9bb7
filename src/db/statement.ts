import { type Compilable, type InsertObject, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Awaitable } from '../lib/awaitable.js';
import type { Topic } from './memory.js';
import type { SqlDialect } from './sql-dialect.js';
import { callSite } from './statement-profile.js';
import type { Tables } from './tables.js';

export type SqlValue = string | number | bigint | Buffer | null;
type Parameters<P> = <K extends keyof P & string>(name: K) => RawBuilder<P[K]>;

/** A query that is built and compiled once for each connection and then runs with named parameters: the form of every hot query. */
export interface Statement<P, R> {
  readonly build: (db: Kysely<Tables>, dialect: SqlDialect) => Compilable<R>;
  readonly parameters?: P;
  /** Where it stands in the code. */
  readonly site?: () => string;
}

class NamedParameter {
  constructor(
    readonly name: string,
    readonly row: number,
  ) {}
}

const parametersOf =
  <P>(row: number): Parameters<P> =>
  (name) =>
    sql`${new NamedParameter(name, row)}`;

/** `statement<{ id: number }>()((db, p) => db.selectFrom('turns').selectAll().where('id', '=', p('id')))` */
export const statement =
  <P extends object>() =>
  <R>(
    build: (db: Kysely<Tables>, parameter: Parameters<P>, dialect: SqlDialect) => Compilable<R>,
  ): Statement<P, R> => ({
    build: (db, dialect) => build(db, parametersOf(0), dialect),
    site: callSite(),
  });

/** An INSERT of one row, or of several at once: eight rows in one statement take half the time of eight statements. */
export interface Insertion<P> extends Statement<P, unknown> {
  /** The same statement each time. */
  readonly ofRows: (count: number) => Statement<P, unknown>;
  readonly table: keyof Tables & string;
  /** Every row of the table comes by it, so that a hub may give out the keys itself: see KeyRanges. */
  readonly isOnlyWay: boolean;
  /** Its columns with what fills them. @param filledBy what stands for a parameter */
  readonly row: (filledBy: (parameter: keyof P & string) => RawBuilder<never>) => Readonly<Record<string, unknown>>;
}

/** `insertion<{ hash: string }>()('keys', (p) => ({ hash: p('hash'), scope: 'admin' }))` */
export const insertion =
  <P extends object>() =>
  <T extends keyof Tables & string>(
    table: T,
    row: (parameter: Parameters<P>) => InsertObject<Tables, T>,
    { isOnlyWay = false } = {},
  ): Insertion<P> => {
    const made = new Map<number, Statement<P, unknown>>();
    const site = callSite();
    const make = (count: number): Statement<P, unknown> => ({
      build: (db) => db.insertInto(table).values(Array.from({ length: count }, (_, index) => row(parametersOf(index)))),
      site,
    });
    const ofRows = (count: number): Statement<P, unknown> => {
      const known = made.get(count) ?? make(count);
      made.set(count, known);
      return known;
    };
    return { ...make(1), ofRows, table, isOnlyWay, row: (filledBy) => row(filledBy as Parameters<P>) };
  };

export interface CompiledStatement {
  readonly sql: string;
  /** @param rows one object of parameters, or one for each row of an insertion */
  bind(rows: readonly object[]): SqlValue[];
}

export const compileStatement = (
  db: Kysely<Tables>,
  dialect: SqlDialect,
  source: Statement<never, unknown>,
): CompiledStatement => {
  const compiled = source.build(db, dialect).compile();
  const slots = compiled.parameters.map((value) =>
    value instanceof NamedParameter ? value : { name: undefined, row: 0, value },
  );
  return {
    sql: compiled.sql,
    bind: (rows) => {
      const values = new Array<SqlValue>(slots.length);
      for (let index = 0; index < slots.length; index++) {
        const slot = slots[index]!;
        values[index] = (
          slot.name === undefined ? slot.value : (rows[slot.row] as Record<string, unknown>)[slot.name]
        ) as SqlValue;
      }
      return values;
    },
  };
};

/** What a store may do with a database: run prepared statements, or build a query where its shape is known only at run time. */
export interface Handle {
  readonly kysely: Kysely<Tables>;
  /** Key of the hub's own row in `nodes`: whose processes and sessions its rows are. 0 before it has one. */
  readonly nodeId: number;
  all<P, R>(source: Statement<P, R>, parameters: P): Awaitable<R[]>;
  first<P, R>(source: Statement<P, R>, parameters: P): Awaitable<R | undefined>;
  /** How many rows it changed. */
  run<P>(source: Statement<P, unknown>, parameters: P): Awaitable<number>;
  /** The integer key of the inserted row. */
  insert<P>(source: Statement<P, unknown>, parameters: P): Awaitable<number>;
  /** The integer keys of the inserted rows, in their order. They may be known before the database has answered. */
  insertAll<P extends object>(source: Insertion<P>, rows: readonly P[]): Awaitable<number[]>;
  /** Runs it and waits for nothing: should it fail, the work has failed. */
  send<P>(source: Statement<P, unknown>, parameters: P): void;
}

/** A handle whose writer wants to know whether anything was written through it. */
export interface WritingHandle extends Handle {
  /** Calls so far that have written, or have failed in a way that the transaction does not survive. */
  readonly changes: number;
}

export interface Transaction extends Handle {
  /** Called once, in order, before another transaction begins; never when it is rolled back. Must not throw. For what is in memory. */
  afterCommit(callback: () => void): void;
  /** The same, but called when the transaction is durable too: for what somebody outside the hub is told. */
  whenDurable(callback: () => void): void;
  /** For memory that every hub on the database keeps: each learns it, in the order of the commits. */
  tell<T>(topic: Topic<T>, value: T): void;
  /** Of the key whose request the work serves; null where the hub works by itself. A bulk work says it for each item. */
  keyId: string | null;
}
