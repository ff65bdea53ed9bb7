import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { openPostgres } from '../../src/db/postgres/postgres-database.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { newPostgresUrl } from '../support/database-url.js';
import { eventually } from '../support/eventually.js';

// How a hub tells a server that is away from one that takes its time.

const silenceMs = 400;
const limits = { connectMs: 20_000, silenceMs, statementMs: 20_000, pauseMs: 20_000, lockMs: 20_000, answerMs: 20_000 };

const open = async (t: TestContext): Promise<{ database: Database; other: pg.Client }> => {
  const url = await newPostgresUrl();
  const database = await openPostgres({ url, durability: 'full', limits });
  t.after(() => database.close());
  await migrate(database, migrations);
  const other = new pg.Client(url);
  await other.connect();
  t.after(() => other.end());
  return { database, other };
};

const put = (database: Database, name: string): Promise<string> =>
  database
    .write((tx) => tx.kysely.insertInto('hub_meta').values({ name, value: '' }).execute())
    .then(
      () => `${name} is written`,
      ({ code }) => `${name}: ${code}`,
    );

const namesIn = async (client: pg.Client): Promise<string[]> =>
  (await client.query('select name from hub_meta order by name')).rows.map(({ name }) => name);

/** As another hub would for its write. */
const takeLock = async (client: pg.Client): Promise<void> => {
  await client.query('begin');
  await client.query(`set local lock_timeout = '10s'`);
  await client.query('select pg_advisory_xact_lock(29113321772053874)');
};

const isSomebodyWaiting = async (client: pg.Client): Promise<boolean> => {
  const text = `select pid from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`;
  return (await client.query(text)).rows.length > 0;
};

test('a write that waits for another hub waits on while the server says that it is there, and those behind it too', async (t) => {
  const { database, other } = await open(t);
  const began = performance.now();
  await takeLock(other);
  const first = put(database, 'first');
  await eventually(() => isSomebodyWaiting(other));
  const second = put(database, 'second');
  await eventually(() => performance.now() - began > 3 * silenceMs);
  await other.query('commit');
  assert.deepEqual(await Promise.all([first, second]), ['first is written', 'second is written']);
});

test('what waits behind a commit that takes too long is refused, and other hubs do not wait for what was begun for it', async (t) => {
  const { database, other } = await open(t);
  await other.query(`create function linger() returns trigger language plpgsql as
    $$ begin perform pg_sleep(${(2.5 * silenceMs) / 1000}); return null; end $$`);
  await other.query(`create constraint trigger linger after insert on hub_meta deferrable initially deferred
    for each row when (new.name = 'slow') execute function linger()`);
  let behind = Promise.resolve('not asked');
  const slow = database.write(async (tx) => {
    await tx.kysely.insertInto('hub_meta').values({ name: 'slow', value: '' }).execute();
    behind = put(database, 'behind');
  });
  await slow;
  assert.equal(await behind, 'behind: database_busy');
  await takeLock(other);
  await other.query('commit');
  assert.equal(await put(database, 'later'), 'later is written');
  assert.deepEqual(await namesIn(other), ['later', 'slow']);
});
