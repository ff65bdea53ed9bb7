import { Kysely, sql } from 'kysely';
import type { QueryResult } from 'pg';
import type { Awaitable } from '../../lib/awaitable.js';
import { compileStatement, type Insertion, type SqlValue, type Statement, type WritingHandle } from '../statement.js';
import { type StatementEntry, type StatementProfile, statementName } from '../statement-profile.js';
import type { Tables } from '../tables.js';
import type { KeyRanges } from './key-ranges.js';
import { postgresDialect, postgresSql } from './postgres-dialect.js';
import { isSpent, problemOf } from './postgres-problem.js';
import type { PostgresSession } from './postgres-session.js';
import { type RowSet, RowSets } from './row-set.js';

interface Bound {
  /** Under which the server keeps the statement, for each connection. */
  readonly name: string;
  readonly text: string;
  readonly entry: StatementEntry;
  bind(rows: readonly object[], firstKey?: number): (SqlValue | SqlValue[])[];
}

export interface PostgresHandleOptions {
  /** Who counts the time. */
  readonly profile: StatementProfile;
  /** Asks the server how it goes about a statement: on a connection of its own, for a transaction is busy. */
  readonly explain: (text: string, values: readonly unknown[]) => Promise<readonly string[]>;
  /** Keys that are given out here; undefined for who holds no lock. */
  readonly keys?: KeyRanges;
  /** Whether a connection knows at its next transaction what was prepared in the last: behind a pooler it may be another one. */
  readonly isPreparing: boolean;
}

let statements = 0;

/** What an insertion of several rows is run as. */
interface RowSource<P extends object> {
  readonly sets: RowSets<P>;
  /** Gives the keys, where nobody waits for the server to name them. */
  readonly sequence: string | undefined;
}

/**
 * Runs statements on sessions that it is given: each compiled once, and where connections stay prepared at its first use on one. With
 * key ranges, what needs no answer is sent without waiting for one.
 */
export class PostgresHandle implements WritingHandle {
  readonly kysely: Kysely<Tables>;
  changes = 0;
  nodeId = 0;
  readonly #open: () => Awaitable<PostgresSession>;
  readonly #options: PostgresHandleOptions;
  readonly #bound = new Map<object, Bound>();
  readonly #rowSources = new Map<object, unknown>();
  /** Sent, and nobody waits for their answers. */
  #unanswered: Promise<unknown>[] = [];

  constructor(open: () => Awaitable<PostgresSession>, options: PostgresHandleOptions) {
    this.#open = open;
    this.#options = options;
    const { profile, explain } = options;
    this.kysely = new Kysely<Tables>({
      dialect: postgresDialect(async () => this.#counted(await this.#opened())),
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
    const { sets, sequence } = this.#knownRowSource(source) ?? (await this.#findRowSource(source));
    const { keys } = this.#options;
    if (keys === undefined || sequence === undefined) {
      if (rows.length === 1) return [await this.insert(source, rows[0]!)];
      const { rows: inserted } = await this.#query(this.#boundSet(source, sets.for(rows)), rows);
      return inserted.map(({ key }) => key as number);
    }
    const first = keys.next(sequence) ?? keys.learn(sequence, await this.#readNext(sequence));
    keys.take(sequence, rows.length);
    this.#sent(this.#query(this.#boundSet(source, sets.for(rows)), rows, { firstKey: first, how: 'send' }));
    return rows.map((_, index) => first + index);
  }

  send<P>(source: Statement<P, unknown>, parameters: P): void {
    this.#sent(this.#query(this.#compiled(source), [parameters as object], { how: 'send' }));
  }

  /** When everything that was sent is answered. @throws what went wrong first */
  async settled(): Promise<void> {
    const unanswered = this.#unanswered;
    this.#unanswered = [];
    for (const each of unanswered) await each;
  }

  #sent(answered: Promise<unknown>): void {
    this.changes++;
    answered.catch(() => undefined);
    this.#unanswered.push(answered);
  }

  #opened(): Awaitable<PostgresSession> {
    try {
      const opened = this.#open();
      return opened instanceof Promise ? opened.catch(throwProblem) : opened;
    } catch (error) {
      return throwProblem(error);
    }
  }

  /** Calls are counted where they have written, or failed: a transaction survives no error. */
  #counted(session: PostgresSession): Required<PostgresSession> {
    let spent: Error | undefined;
    const counted = async (answered: Promise<QueryResult>, isSent = false): Promise<QueryResult> => {
      try {
        const result = await answered;
        if (result.command !== 'SELECT' && !isSent) this.changes++;
        return result;
      } catch (error) {
        this.changes++;
        if (isSpent(error)) spent = error as Error;
        return throwProblem(error);
      }
    };
    return {
      query: (config) => counted(session.query(config)),
      send: (config) => counted((session.send ?? session.query)(config), true),
      release: () => session.release(spent),
    };
  }

  /** Where the session is there already the query goes out at once, so that queries keep their order. */
  async #query(
    { name, text, entry, bind }: Bound,
    rows: readonly object[],
    { firstKey, how = 'query' }: { firstKey?: number; how?: 'query' | 'send' } = {},
  ): Promise<QueryResult> {
    const opened = this.#opened();
    const session = this.#counted(opened instanceof Promise ? await opened : opened);
    const values = bind(rows, firstKey);
    const { profile, explain, isPreparing } = this.#options;
    const began = performance.now();
    try {
      return await session[how](isPreparing ? { name, text, values } : { text, values });
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

  #boundSet(source: object, set: RowSet): Bound {
    const known = this.#bound.get(set);
    if (known !== undefined) return known;
    const { entry } = this.#compiled(source, returningKey);
    const bound = { name: `hub_${++statements}`, text: set.text, entry, bind: set.bind };
    this.#bound.set(set, bound);
    return bound;
  }

  #knownRowSource<P extends object>(source: Insertion<P>): RowSource<P> | undefined {
    return this.#rowSources.get(source) as RowSource<P> | undefined;
  }

  async #findRowSource<P extends object>(source: Insertion<P>): Promise<RowSource<P>> {
    const { table, isOnlyWay } = source;
    const { rows } = await sql<{ column_name: string; udt_name: string }>`select column_name, udt_name
      from information_schema.columns where table_schema = current_schema() and table_name = ${table}`.execute(
      this.kysely,
    );
    if (rows.length === 0) throw new Error(`The database has no table ${table}.`);
    const types = new Map(rows.map((row) => [row.column_name, row.udt_name]));
    const key = keyOf(table);
    const isKeyGiven = isOnlyWay && this.#options.keys !== undefined;
    const sequence = isKeyGiven ? `${table}_${key}_seq` : undefined;
    const found = { sets: new RowSets(this.kysely, source, { types, key, isKeyGiven }), sequence };
    this.#rowSources.set(source, found);
    return found;
  }

  async #readNext(sequence: string): Promise<number> {
    const { rows } = await sql<{ next: number }>`select last_value + is_called::int as next
      from ${sql.table(sequence)}`.execute(this.kysely);
    return rows[0]!.next;
  }
}

const throwProblem = (error: unknown): never => {
  throw problemOf(error);
};

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
