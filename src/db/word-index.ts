import { type Kysely, PostgresAdapter, type RawBuilder, sql } from 'kysely';

/*
 * A search for words in a table that has the columns `id` (integer key) and `words` (as `lib/search-words.ts` writes them). SQLite keeps
 * an FTS5 table beside it, in step by triggers; PostgreSQL a GIN index on an expression. Both find words by their beginnings.
 */

export const createWordIndex = async (db: Kysely<unknown>, table: string): Promise<void> => {
  if (db.getExecutor().adapter instanceof PostgresAdapter) {
    await sql`create index ${sql.ref(`${table}_index`)} on ${sql.table(table)} using gin (to_tsvector('simple', words))`.execute(
      db,
    );
    return;
  }
  const index = sql.table(`${table}_index`);
  await sql`create virtual table ${index} using fts5
    (words, content=${sql.lit(table)}, content_rowid='id', detail=none, tokenize='unicode61 remove_diacritics 0')`.execute(
    db,
  );
  await sql`create trigger ${sql.ref(`${table}_added`)} after insert on ${sql.table(table)} begin
    insert into ${index} (rowid, words) values (new.id, new.words); end`.execute(db);
  await sql`create trigger ${sql.ref(`${table}_removed`)} after delete on ${sql.table(table)} begin
    insert into ${index} (${index}, rowid, words) values ('delete', old.id, old.words); end`.execute(db);
};

/** Every one of `words`, which stand with one space between, begins a word of the row. */
export type HasWords = (table: string, words: RawBuilder<string>) => RawBuilder<boolean>;

/** SQLite answers on the hub's own thread: of words that are everywhere it looks at so many rows, the newest. */
const MOST_FOUND = 5000;

export const sqliteHasWords: HasWords = (table, words) =>
  sql<boolean>`${sql.ref(`${table}.id`)} in
    (select rowid from ${sql.table(`${table}_index`)} where ${sql.table(`${table}_index`)} match replace(${words}, ' ', '* ') || '*'
      order by rowid desc limit ${sql.lit(MOST_FOUND)})`;

export const postgresHasWords: HasWords = (table, words) =>
  sql<boolean>`to_tsvector('simple', ${sql.ref(`${table}.words`)}) @@ to_tsquery('simple', replace(${words}::text, ' ', ':* & ') || ':*')`;
