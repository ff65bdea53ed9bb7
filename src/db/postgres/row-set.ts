import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Insertion, SqlValue } from '../statement.js';
import type { Tables } from '../tables.js';

type Row = Readonly<Record<string, SqlValue>>;

/** An INSERT of any number of rows, where only what differs between them is said for each. */
export interface RowSet {
  readonly text: string;
  /** @param firstKey of the rows, where their keys are given */
  bind(rows: readonly object[], firstKey: number | undefined): (SqlValue | SqlValue[])[];
}

/** More statements than these for one insertion are not prepared: further rows say everything for each. */
const MOST_FORMS = 32;

class Slot {
  constructor(
    readonly parameter: string,
    readonly isList: boolean,
  ) {}
}

const HOW_MANY = new Slot('', false);
const FIRST_KEY = new Slot('', false);

/**
 * The statements of one insertion, by which of its parameters differ between the rows. A list of values costs PostgreSQL about half a
 * microsecond a row, a value that all rows share nothing; and a statement of hundreds of parameters costs more than its rows.
 */
export class RowSets<P extends object> {
  readonly #kysely: Kysely<Tables>;
  readonly #insertion: Insertion<P>;
  readonly #types: ReadonlyMap<string, string>;
  readonly #key: string | null;
  readonly #isKeyGiven: boolean;
  readonly #columns: ReadonlyMap<string, unknown>;
  readonly #parameters: readonly string[];
  readonly #forms = new Map<string, RowSet>();

  /**
   * @param types of the columns of the table
   * @param key column that is answered for each row in their order, or is given by whoever inserts them
   */
  constructor(
    kysely: Kysely<Tables>,
    insertion: Insertion<P>,
    { types, key, isKeyGiven }: { types: ReadonlyMap<string, string>; key: string | null; isKeyGiven: boolean },
  ) {
    this.#kysely = kysely;
    this.#insertion = insertion;
    this.#types = types;
    this.#key = key;
    this.#isKeyGiven = isKeyGiven && key !== null;
    const parameters: string[] = [];
    const row = insertion.row((parameter) => {
      parameters.push(parameter);
      return new Slot(parameter, false) as never;
    });
    this.#columns = new Map(Object.entries(row));
    this.#parameters = parameters;
  }

  for(rows: readonly P[]): RowSet {
    const differing =
      this.#forms.size < MOST_FORMS ? this.#differing(rows as readonly unknown[] as Row[]) : this.#parameters;
    const form = differing.join();
    const known = this.#forms.get(form);
    if (known !== undefined) return known;
    const made = this.#make(new Set(differing));
    this.#forms.set(form, made);
    return made;
  }

  #differing(rows: readonly Row[]): readonly string[] {
    const first = rows[0]!;
    return this.#parameters.filter((parameter) => rows.some((row) => row[parameter] !== first[parameter]));
  }

  #make(differing: ReadonlySet<string>): RowSet {
    const lists: RawBuilder<unknown>[] = [];
    const names: RawBuilder<unknown>[] = [];
    const values: unknown[] = [];
    for (const [column, filledBy] of this.#columns) {
      const type = sql.raw(this.#types.get(column)!);
      if (!(filledBy instanceof Slot)) values.push(sql`${filledBy}::${type}`);
      else if (differing.has(filledBy.parameter)) {
        lists.push(sql`${new Slot(filledBy.parameter, true)}::${type}[]`);
        names.push(sql.ref(column));
        values.push(sql.ref(`given.${column}`));
      } else values.push(sql`${filledBy}::${type}`);
    }
    const given =
      lists.length > 0
        ? sql`unnest(${sql.join(lists)}) with ordinality as given (${sql.join([...names, sql.ref('place')])})`
        : sql`generate_series(1, ${HOW_MANY}::int) as given (place)`;
    const columns = [...this.#columns.keys()].map((column) => sql.ref(column));
    if (this.#isKeyGiven) {
      columns.unshift(sql.ref(this.#key!));
      values.unshift(sql`${FIRST_KEY}::int8 + given.place - 1`);
    }
    const returning = this.#key === null || this.#isKeyGiven ? sql`` : sql`returning ${sql.ref(this.#key)} as key`;
    const { sql: text, parameters } =
      sql`insert into ${sql.table(this.#insertion.table)} (${sql.join(columns)}) select ${sql.join(values)} from ${given} ${returning}`.compile(
        this.#kysely,
      );
    return { text, bind: (rows, firstKey) => bound(parameters, rows as Row[], firstKey) };
  }
}

const bound = (
  parameters: readonly unknown[],
  rows: readonly Row[],
  firstKey: number | undefined,
): (SqlValue | SqlValue[])[] =>
  parameters.map((value) => {
    if (!(value instanceof Slot)) return value as SqlValue;
    if (value === HOW_MANY) return rows.length;
    if (value === FIRST_KEY) return firstKey ?? null;
    return value.isList ? rows.map((row) => row[value.parameter]!) : rows[0]![value.parameter]!;
  });
