import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import type { Database } from '../../src/db/database.js';
import { openPostgres, type PostgresOptions } from '../../src/db/postgres/postgres-database.js';
import { newPostgresUrl } from '../support/database-url.js';
import { eventually } from '../support/eventually.js';

// Reads that hang, on connections that stay and behind a pooler in transaction mode.

const ways = { 'connections that stay': true, 'a pooler': false };
type Limits = NonNullable<PostgresOptions['limits']>;

const open = async (t: TestContext, isNotified: boolean, limits: Limits) => {
  const url = await newPostgresUrl();
  const database = await openPostgres({ url, durability: 'full', isNotified, limits });
  t.after(() => database.close());
  const other = new pg.Client(url);
  await other.connect();
  t.after(() => other.end());
  return { database, other };
};

const sleep = (database: Database): Promise<unknown> => sql`select pg_sleep(600)`.execute(database.read.kysely);

const sleeping = `from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
const countSleeping = async (client: pg.Client): Promise<number> =>
  (await client.query(`select pid ${sleeping}`)).rows.length;

for (const [where, isNotified] of Object.entries(ways)) {
  test(`however many reads hang with ${where}, a write goes through at once`, async (t) => {
    const { database, other } = await open(t, isNotified, { statementMs: 60_000, answerMs: 60_000 });
    const reads = Promise.allSettled(Array.from({ length: 10 }, () => sleep(database)));
    await eventually(async () => (await countSleeping(other)) >= 10);
    await database.write((tx) => sql`select 1`.execute(tx.kysely));
    await eventually(async () => {
      await other.query(`select pg_cancel_backend(pid) ${sleeping}`);
      return (await countSleeping(other)) === 0;
    });
    await reads;
  });

  test(`with ${where} the server ends a read that takes too long`, async (t) => {
    const { database, other } = await open(t, isNotified, { statementMs: 100, answerMs: 60_000 });
    await assert.rejects(sleep(database), { code: 'database_busy' });
    assert.equal(await countSleeping(other), 0);
    await sql`select 1`.execute(database.read.kysely);
  });
}
