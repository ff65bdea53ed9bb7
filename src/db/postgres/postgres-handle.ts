import { Kysely, sql } from 'kysely';
import type { QueryResult } from 'pg';
import { compileStatement, type Insertion, type SqlValue, type Statement, type WritingHandle } from '../statement.js';
import { type StatementEntry, type StatementProfile, statementName } from '../statement-profile.js';
import type { Tables } from '../tables.js';
import { postgresDialect, postgresSql } from './postgres-dialect.js';
import { isHung, problemOf } from './postgres-problem.js';
import type { PostgresSession } from './postgres-session.js';
import { RowSets } from './row-set.js';

interface Bound {
  /** Under which the server keeps the statement, for each connection. */
  readonly name: string;
  readonly text: string;
  readonly entry: StatementEntry;
  bind(rows: readonly object[]): (SqlValue | SqlValue[])[];
}

export interface PostgresHandleOptions {
  /** Who counts the time. */
  readonly profile: StatementProfile;
  /** Asks the server how it goes about a statement: on a connection of its own, for a transaction is busy. */
  readonly explain: (text: string, values: readonly unknown[]) => Promise<readonly string[]>;
  /** Whether a connection knows at its next transaction what was prepared in the last: behind a pooler it may be another one. */
  readonly isPreparing: boolean;
}

let statements = 0;

/** Runs statements on sessions that it is given: each compiled once, and where connections stay prepared at its first use on one. */
export class PostgresHandle implements WritingHandle {
  readonly kysely: Kysely<Tables>;
  changes = 0;
  nodeId = 0;
  readonly #open: () => Promise<PostgresSession>;
  readonly #options: PostgresHandleOptions;
  readonly #bound = new Map<object, Bound>();
  readonly #rowSets = new Map<object, unknown>();

  constructor(open: () => Promise<PostgresSession>, options: PostgresHandleOptions) {
    this.#open = () => this.#counted(open);
    this.#options = options;
    const { profile, explain } = options;
    this.kysely = new Kysely<Tables>({
      dialect: postgresDialect(this.#open),
      log: ({ query: { sql: text, parameters }, queryDurationMillis }) =>
        profile.took(profile.entry(statementName(text, 'built')), queryDurationMillis, () => explain(text, parameters)),
    });
  }

  async all<P, R>(source: Statement<P, R>, parameters: P): Promise<R[]> {
    return (await this.#query(this.#compiled(source), [parameters as object])).rows as R[];
  }

  async first<P, R>(source: Statement<P, R>, parameters: P): Promise<R | undefined> {
    return (await this.all(source, parameters))[0];
  }

  async run<P>(source: Statement<P, unknown>, parameters: P): Promise<number> {
    return (await this.#query(this.#compiled(source), [parameters as object])).rowCount ?? 0;
  }

  async insert<P>(source: Statement<P, unknown>, parameters: P): Promise<number> {
    const { rows } = await this.#query(this.#compiled(source, returningKey), [parameters as object]);
    return (rows[0]?.key as number | undefined) ?? 0;
  }

  async insertAll<P extends object>(source: Insertion<P>, rows: readonly P[]): Promise<number[]> {
    if (rows.length === 0) return [];
    if (rows.length === 1) return [await this.insert(source, rows[0]!)];
    const { rows: inserted } = await this.#query(await this.#boundSet(source, rows), rows);
    return inserted.map(({ key }) => key as number);
  }

  /** Sessions whose calls are counted where they have written, or failed: a transaction survives no error. */
  async #counted(open: () => Promise<PostgresSession>): Promise<PostgresSession> {
    const session = await open().catch((error: unknown) => {
      throw problemOf(error);
    });
    let hung: Error | undefined;
    return {
      query: async (config) => {
        try {
          const result = await session.query(config);
          if (result.command !== 'SELECT') this.changes++;
          return result;
        } catch (error) {
          this.changes++;
          if (isHung(error)) hung = error as Error;
          throw problemOf(error);
        }
      },
      release: () => session.release(hung),
    };
  }

  async #query({ name, text, entry, bind }: Bound, rows: readonly object[]): Promise<QueryResult> {
    const session = await this.#open();
    const values = bind(rows);
    const { profile, explain, isPreparing } = this.#options;
    const began = performance.now();
    try {
      return await session.query(isPreparing ? { name, text, values } : { text, values });
    } finally {
      profile.took(entry, performance.now() - began, () => explain(text, values));
      session.release();
    }
  }

  #compiled(source: object, extend = (text: string): string => text): Bound {
    const known = this.#bound.get(source);
    if (known !== undefined) return known;
    const { sql: text, bind } = compileStatement(this.kysely, postgresSql, source as Statement<never, unknown>);
    const site = (source as Statement<never, unknown>).site?.() ?? 'built';
    const entry = this.#options.profile.entry(statementName(text, site));
    const bound = { name: `hub_${++statements}`, text: extend(text), entry, bind };
    this.#bound.set(source, bound);
    return bound;
  }

  async #boundSet<P extends object>(source: Insertion<P>, rows: readonly P[]): Promise<Bound> {
    const set = (await this.#rowSetsOf(source)).for(rows);
    const known = this.#bound.get(set);
    if (known !== undefined) return known;
    const { entry } = this.#compiled(source, returningKey);
    const bound = { name: `hub_${++statements}`, text: set.text, entry, bind: set.bind };
    this.#bound.set(set, bound);
    return bound;
  }

  async #rowSetsOf<P extends object>(source: Insertion<P>): Promise<RowSets<P>> {
    const known = this.#rowSets.get(source);
    if (known !== undefined) return known as RowSets<P>;
    const { rows } = await sql<{ column_name: string; udt_name: string }>`select column_name, udt_name
      from information_schema.columns where table_schema = current_schema() and table_name = ${source.table}`.execute(
      this.kysely,
    );
    const types = new Map(rows.map((row) => [row.column_name, row.udt_name]));
    const made = new RowSets(this.kysely, source, { types, key: keyOf(source.table) });
    this.#rowSets.set(source, made);
    return made;
  }
}

/** The integer keys are called `id`, but for two. */
const otherKeys: Readonly<Record<string, string | null>> = { events: 'seq', conversations: 'key', hub_meta: null };

const keyOf = (table: string): string | null => {
  const other = otherKeys[table];
  return other === undefined ? 'id' : other;
};

const returningKey = (text: string): string => {
  const key = keyOf(/^insert into "(\w+)"/.exec(text)?.[1] ?? '');
  return key === null ? text : `${text} returning "${key}" as "key"`;
};
