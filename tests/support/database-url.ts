import pg from 'pg';

/** What the contract suites run on: SQLite, or with GRANGER_TEST_DATABASE=postgres the same on PostgreSQL. */
export const isPostgres = process.env.GRANGER_TEST_DATABASE === 'postgres';

/** Databases by the data folders that they belong to. To make one takes longer than most tests, so they are emptied and used again. */
const inUse = new Map<string, string>();
const free: string[] = [];
let made = 0;

/** The address of the database that belongs to a data folder; undefined for the SQLite in it. */
export const databaseUrlFor = async (folder: string): Promise<string | undefined> =>
  isPostgres ? await postgresUrlFor(folder) : undefined;

/** The address of an empty database, the same one for the same owner until that is released. */
export const postgresUrlFor = async (folder: string): Promise<string> => {
  const known = inUse.get(folder);
  if (known !== undefined) return known;
  const url = await takeDatabase();
  inUse.set(folder, url);
  return url;
};

/** The test is over. */
export const releaseDatabase = (folder: string): void => {
  const url = inUse.get(folder);
  if (url !== undefined) free.push(url);
  inUse.delete(folder);
};

/** The address of a database that no hub has seen yet: for those who look at its first start. Dropped with the server. */
export const newPostgresUrl = (): Promise<string> => makeDatabase();

const takeDatabase = async (): Promise<string> => {
  const used = free.pop();
  if (used === undefined) return await makeDatabase();
  await as(used, async (client) => {
    const { rows } = await client.query(
      `select string_agg(quote_ident(tablename), ', ') as tables from pg_tables where schemaname = 'public' and tablename not like 'kysely%'`,
    );
    if (rows[0].tables !== null) await client.query(`truncate ${rows[0].tables} restart identity`);
  });
  return used;
};

/** On the server that `npm test` has started. */
const makeDatabase = async (): Promise<string> => {
  const server = process.env.GRANGER_TEST_POSTGRES;
  if (server === undefined) throw new Error('Tests on PostgreSQL are run by `npm test`, which starts the server.');
  const name = `test_${process.pid}_${++made}`;
  await as(server, (client) => client.query(`create database ${name}`));
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
};

const as = async (url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
};
