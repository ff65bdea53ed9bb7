import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { openPostgres } from '../../src/db/postgres/postgres-database.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { cableTo } from '../support/cable.js';
import { newPostgresUrl, postgresUrlFor, releaseDatabase } from '../support/database-url.js';
import { eventually } from '../support/eventually.js';
import { spawnHub } from '../support/hub-process.js';

const busy = { name: 'HubError', code: 'database_busy', retryAfterSeconds: 1 };

const databaseOf = async (t: TestContext): Promise<string> => {
  const url = await postgresUrlFor(t.name);
  t.after(() => releaseDatabase(t.name));
  return url;
};

const asOwner = async (url: string, ...texts: string[]): Promise<void> => {
  const client = new pg.Client(url);
  await client.connect();
  for (const text of texts) await client.query(text);
  await client.end();
};

/** The address for a role that is made for the test. */
const roleOn = async (t: TestContext, url: string, ...texts: string[]): Promise<string> => {
  const role = `role_${process.pid}_${Math.round(performance.now() * 1000)}`;
  await asOwner(url, `create role ${role} login password 'pass'`, ...texts.map((text) => text.replace('$role', role)));
  t.after(() => asOwner(url, `drop owned by ${role}`, `drop role ${role}`));
  return Object.assign(new URL(url), { username: role, password: 'pass' }).href;
};

const startOn = async (t: TestContext, url: string): Promise<{ code: number | null; stderr: string }> =>
  await (await spawnHub(t, { settings: { GRANGER_DATABASE_URL: url } })).ended;

test('a user who may not create tables is refused at the start, with the right that is missing', async (t) => {
  const url = await roleOn(t, await newPostgresUrl(), 'revoke create on schema public from public');
  const { code, stderr } = await startOn(t, url);
  assert.equal(code, 1);
  assert.match(stderr, /GRANGER_DATABASE_URL lacks a right that the hub needs: permission denied for schema public/);
});

test('a user who may not read the tables is refused at the start, with the right that is missing', async (t) => {
  const owned = await databaseOf(t);
  const database = await openPostgres({ url: owned, durability: 'full' });
  await migrate(database, migrations);
  await database.close();
  const { code, stderr } = await startOn(t, await roleOn(t, owned));
  assert.equal(code, 1);
  assert.match(stderr, /GRANGER_DATABASE_URL lacks a right that the hub needs: permission denied for table \w+/);
});

test('a server that has no connection left is a refusal at the start that says so', async (t) => {
  const url = await roleOn(t, await databaseOf(t), 'alter role $role connection limit 0');
  const { code, stderr } = await startOn(t, url);
  assert.equal(code, 1);
  assert.match(stderr, /cannot be used: too many connections/);
});

test('a server of version 13 is refused, with the version that it needs', async (t) => {
  const owned = await databaseOf(t);
  const old = `create function old.current_setting(text) returns text language sql as $$ select '130018' $$`;
  const path = 'alter role $role set search_path = old, pg_catalog, public';
  const url = await roleOn(t, owned, 'create schema old', old, 'grant usage on schema old to $role', path);
  t.after(() => asOwner(owned, 'drop schema old cascade'));
  const { code, stderr } = await startOn(t, url);
  assert.equal(code, 1);
  assert.match(stderr, /it is version 13, and 14 is the oldest that the hub knows/);
});

test('while the server has no connection left a write is refused as one that may be sent again', async (t) => {
  const owned = await databaseOf(t);
  const url = await roleOn(t, owned);
  const database = await openPostgres({ url, durability: 'full' });
  t.after(() => database.close());
  await asOwner(owned, `alter role ${new URL(url).username} connection limit 0`);
  await assert.rejects(
    database.write((tx) => sql`select 1`.execute(tx.kysely)),
    busy,
  );
});

test('while the server takes no writes one is refused as one that may be sent again, and the next asks for another connection', async (t) => {
  const url = await newPostgresUrl();
  const database = await openPostgres({ url, durability: 'full' });
  t.after(() => database.close());
  await migrate(database, migrations);
  const name = new URL(url).pathname.slice(1);
  const put = (name: string) =>
    database.write((tx) => tx.kysely.insertInto('hub_meta').values({ name, value: '' }).execute());
  // Holds for connections that are made from now on, as when an address leads to a standby.
  await asOwner(url, `alter database ${name} set default_transaction_read_only = on`);
  await Promise.all(['one', 'of two'].map((value) => assert.rejects(put(value), busy)));
  await asOwner(
    url,
    'set default_transaction_read_only = off',
    `alter database ${name} reset default_transaction_read_only`,
  );
  await put('later');
});

test('while the server does not let the user in, a request is refused as one that may be sent again', async (t) => {
  const owned = await databaseOf(t);
  const url = await roleOn(t, owned);
  const { username } = new URL(url);
  const database = await openPostgres({ url, durability: 'full' });
  t.after(() => database.close());
  const ask = () => sql`select 1`.execute(database.read.kysely);
  await asOwner(owned, `alter role ${username} password 'another'`);
  await assert.rejects(ask(), busy);
  await asOwner(owned, `alter role ${username} password 'pass'`);
  await ask();
});

test('a text with the character NUL is a request that is not valid, and spoils nothing beside it', async (t) => {
  const database = await openPostgres({ url: await databaseOf(t), durability: 'full' });
  t.after(() => database.close());
  await migrate(database, migrations);
  const put = (value: string) =>
    database.write((tx) => tx.kysely.insertInto('hub_meta').values({ name: value, value }).execute());
  const [nul, plain] = await Promise.allSettled([put('a\0b'), put('plain')]);
  assert.equal(nul.status === 'rejected' && nul.reason.code, 'invalid_request');
  assert.match(nul.status === 'rejected' ? nul.reason.message : '', /NUL/);
  assert.equal(plain.status, 'fulfilled');
  const asked = database.read.kysely.selectFrom('hub_meta').selectAll().where('name', '=', 'a\0b').execute();
  await assert.rejects(asked, { code: 'invalid_request' });
});

test('the server ends a write that does nothing, so that it holds nobody up', async (t) => {
  const limits = { connectMs: 20_000, silenceMs: 20_000, statementMs: 1000, pauseMs: 50, lockMs: 5000, answerMs: 5000 };
  const database = await openPostgres({ url: await databaseOf(t), durability: 'full', limits });
  t.after(() => database.close());
  const isOpen = sql<{ pid: number }>`select pid from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction'`;
  const stuck = database.write(async (tx) => {
    await sql`select 1`.execute(tx.kysely);
    await eventually(async () => (await isOpen.execute(database.read.kysely)).rows.length === 0);
    await sql`select 1`.execute(tx.kysely);
  });
  await assert.rejects(stuck, busy);
  await database.write((tx) => sql`select 1`.execute(tx.kysely));
});

test('the server ends a statement of a write that takes too long', async (t) => {
  const limits = { connectMs: 20_000, silenceMs: 20_000, statementMs: 50, pauseMs: 1000, lockMs: 5000, answerMs: 5000 };
  const database = await openPostgres({ url: await databaseOf(t), durability: 'full', limits });
  t.after(() => database.close());
  await assert.rejects(
    database.write((tx) => sql`select pg_sleep(60)`.execute(tx.kysely)),
    busy,
  );
  await database.write((tx) => sql`select 1`.execute(tx.kysely));
});

test('a connection that has died without a word is given up, for reads and for writes, and the next one works', async (t) => {
  const cable = await cableTo(t, await databaseOf(t));
  const limits = {
    connectMs: 20_000,
    silenceMs: 20_000,
    statementMs: 5000,
    pauseMs: 5000,
    lockMs: 5000,
    answerMs: 200,
  };
  const database: Database = await openPostgres({ url: cable.url, durability: 'full', limits });
  t.after(() => database.close());
  const read = () => sql`select 1`.execute(database.read.kysely);
  const write = () => database.write((tx) => sql`select 1`.execute(tx.kysely));
  await Promise.all([read(), write()]);
  cable.cut();
  await assert.rejects(read(), busy);
  await assert.rejects(write(), busy);
  cable.mend();
  await read();
  await write();
});
