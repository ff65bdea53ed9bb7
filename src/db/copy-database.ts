import { isDeepStrictEqual } from 'node:util';
import { type Kysely, sql } from 'kysely';
import type { Database } from './database.js';

// Table by table, whatever its columns are: so this one file sees the tables without their types.
type AnyTables = Record<string, Record<string, unknown>>;
type Row = Record<string, unknown>;

export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
}

/** The copy cannot begin, or does not hold what the source holds; nothing was left in the target. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused';
}

/** PostgreSQL takes 65,535 parameters in one statement. */
const MOST_PARAMETERS = 30_000;

/**
 * Copies every row of a SQLite database into a PostgreSQL database of the same schema that is empty, in one transaction, and compares
 * the two row for row before it is committed. @throws CopyRefused
 */
export const copyDatabase = async (source: Database, target: Database): Promise<CopiedTable[]> => {
  const from = source.read.kysely as unknown as Kysely<AnyTables>;
  return await target.write(async (tx) => {
    const to = tx.kysely as unknown as Kysely<AnyTables>;
    await checkSchemas(from, to);
    const copied: CopiedTable[] = [];
    for (const table of await tablesOf(from)) {
      if ((await to.selectFrom(table.name).selectAll().limit(1).execute()).length > 0)
        throw new CopyRefused(`The target is not empty: there are rows in ${table.name}.`);
      copied.push({ table: table.name, rows: await copyTable(from, to, table) });
    }
    return copied;
  });
};

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns of the primary key, in their order. */
  readonly key: readonly string[];
  /** Whether the database gives the key: a number that is never given twice. */
  readonly isNumbered: boolean;
}

const checkSchemas = async (from: Kysely<AnyTables>, to: Kysely<AnyTables>): Promise<void> => {
  const [here, there] = await Promise.all([from, to].map((db) => migrationsOf(db)));
  if (!isDeepStrictEqual(here, there))
    throw new CopyRefused('The source is of another version: start a hub of this version on it once, and stop it.');
};

const migrationsOf = async (db: Kysely<AnyTables>): Promise<unknown[]> =>
  (await db.selectFrom('kysely_migration').select('name').orderBy('name').execute()).map(({ name }) => name);

const tablesOf = async (from: Kysely<AnyTables>): Promise<Table[]> => {
  const { rows } = await sql<{ name: string; sql: string }>`
    select name, sqlite_schema.sql from sqlite_schema join pragma_table_list using (type, name)
    where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%' order by name`.execute(from);
  return await Promise.all(
    rows.map(async ({ name, sql: text }) => {
      const info = await sql<{ name: string; pk: number }>`select name, pk from pragma_table_info(${name})`.execute(
        from,
      );
      const key = info.rows.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
      const names = (columns: readonly { name: string }[]): string[] => columns.map((column) => column.name);
      return { name, columns: names(info.rows), key: names(key), isNumbered: /autoincrement/i.test(text) };
    }),
  );
};

const copyTable = async (from: Kysely<AnyTables>, to: Kysely<AnyTables>, table: Table): Promise<number> => {
  let copied = 0;
  for await (const rows of pages(from, table)) {
    await to
      .insertInto(table.name)
      .values([...rows])
      .execute();
    copied += rows.length;
  }
  if (table.isNumbered) await goOnCounting(from, to, table);
  await compare(from, to, table);
  return copied;
};

/** The next key is above every one that was ever given, also to a row that is no more. */
const goOnCounting = async (from: Kysely<AnyTables>, to: Kysely<AnyTables>, { name, key }: Table): Promise<void> => {
  const { rows } = await sql<{ seq: number }>`select seq from sqlite_sequence where name = ${name}`.execute(from);
  const last = rows[0]?.seq ?? 0;
  if (last > 0) await sql`select setval(pg_get_serial_sequence(${name}, ${key[0]}), ${last})`.execute(to);
};

const compare = async (from: Kysely<AnyTables>, to: Kysely<AnyTables>, table: Table): Promise<void> => {
  const there = pages(to, table);
  for await (const rows of pages(from, table)) {
    const { value: copies = [] } = await there.next();
    const wrong = rows.findIndex((row, index) => !isDeepStrictEqual({ ...row }, { ...copies[index] }));
    if (wrong >= 0 || copies.length !== rows.length)
      throw new CopyRefused(`A row of ${table.name} is not the same in the copy: ${keyOf(rows[wrong], table)}.`);
  }
  if ((await there.next()).done !== true)
    throw new CopyRefused(`The copy of ${table.name} has more rows than its source.`);
};

const keyOf = (row: Row | undefined, { key }: Table): string => JSON.stringify(key.map((column) => row?.[column]));

/** Rows in the order of their key, as many at a time as one statement takes. */
async function* pages(db: Kysely<AnyTables>, table: Table): AsyncGenerator<readonly Row[], undefined> {
  const limit = Math.floor(MOST_PARAMETERS / table.columns.length);
  if (!table.isNumbered) return yield* sortedPages(db, table, limit);
  const [key = ''] = table.key;
  let last = 0;
  for (;;) {
    const query = db.selectFrom(table.name).selectAll().where(key, '>', last).orderBy(key).limit(limit);
    const rows = await query.execute();
    if (rows.length > 0) yield rows;
    if (rows.length < limit) return;
    last = rows.at(-1)?.[key] as number;
  }
}

/** The databases sort names in different ways. */
async function* sortedPages(
  db: Kysely<AnyTables>,
  table: Table,
  limit: number,
): AsyncGenerator<readonly Row[], undefined> {
  const found = await db.selectFrom(table.name).selectAll().execute();
  const keyed = found.map((row) => ({ row, key: keyOf(row, table) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const rows = keyed.map(({ row }) => row);
  for (let start = 0; start < rows.length; start += limit) yield rows.slice(start, start + limit);
}
