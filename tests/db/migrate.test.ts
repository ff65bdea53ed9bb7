import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Kysely, type Migration, sql } from 'kysely';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const createTable = (name: string): Migration => ({
  up: async (db: Kysely<unknown>) => {
    await db.schema.createTable(name).addColumn('id', 'integer').execute();
  },
});

const failing: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema.createTable('half').addColumn('id', 'integer').execute();
    await sql`insert into half (id) values (1)`.execute(db);
    await db.schema.alterTable('first').addColumn('more', 'integer').execute();
    throw new Error('the second half is missing');
  },
};

async function openEmpty(t: TestContext): Promise<Database> {
  const database = openSqlite({ folder: await makeTemporaryFolder(t), durability: 'full' });
  t.after(() => database.close());
  return database;
}

/** Tables with their columns, and the migrations that are said to be done. */
async function describe(database: Database) {
  const tables = await sql<{ name: string; sql: string }>`
    select name, sql from sqlite_master where type = 'table' and name not like '%kysely%' order by name
  `.execute(database.owner.kysely);
  const done = await sql<{ name: string }>`select name from kysely_migration order by name`
    .execute(database.owner.kysely)
    .catch(() => ({ rows: [] }));
  return { tables: tables.rows, done: done.rows.map(({ name }) => name) };
}

test('migrations run once, in the order of their names, and say which ran', async (t) => {
  const database = await openEmpty(t);
  assert.deepEqual(await migrate(database, { '0001-first': createTable('first') }), ['0001-first']);
  const more = { '0002-second': createTable('second'), '0001-first': createTable('first') };
  assert.deepEqual(await migrate(database, more), ['0002-second']);
  assert.deepEqual(await migrate(database, more), []);
});

test('a migration that fails leaves nothing behind and is named', async (t) => {
  const database = await openEmpty(t);
  await migrate(database, { '0001-first': createTable('first') });
  const before = await describe(database);
  const broken = { '0001-first': createTable('first'), '0002-broken': failing };
  await assert.rejects(migrate(database, broken), /0002-broken.*the second half is missing/);
  assert.deepEqual(await describe(database), before);
});

test('a migration that fails takes back those that ran in the same go', async (t) => {
  const database = await openEmpty(t);
  const before = await describe(database);
  await assert.rejects(
    migrate(database, { '0001-first': createTable('first'), '0002-broken': failing }),
    /0002-broken/,
  );
  assert.deepEqual(await describe(database), before);
});

test('after a migration that failed, the mended one runs', async (t) => {
  const database = await openEmpty(t);
  await assert.rejects(migrate(database, { '0001-first': createTable('first'), '0002-second': failing }));
  const mended = { '0001-first': createTable('first'), '0002-second': createTable('half') };
  assert.deepEqual(await migrate(database, mended), ['0001-first', '0002-second']);
});

test('a database of a later version is refused, not used', async (t) => {
  const database = await openEmpty(t);
  await migrate(database, { '0001-first': createTable('first'), '0002-later': createTable('later') });
  await assert.rejects(migrate(database, { '0001-first': createTable('first') }), /could not be brought up to date/);
});

test('the migrations of the hub run on an empty database', async (t) => {
  assert.deepEqual(await migrate(await openEmpty(t), migrations), Object.keys(migrations));
});
