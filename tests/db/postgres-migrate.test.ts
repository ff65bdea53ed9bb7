import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Kysely } from 'kysely';
import pg from 'pg';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { postgresDialect } from '../../src/db/postgres/postgres-dialect.js';
import type { PostgresSession } from '../../src/db/postgres/postgres-session.js';
import type { Tables } from '../../src/db/tables.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { postgresUrlFor, releaseDatabase } from '../support/database-url.js';

const connectTo = async (t: TestContext, url: string): Promise<pg.Client> => {
  const client = new pg.Client(url);
  await client.connect();
  t.after(() => client.end());
  return client;
};

/** As behind a pooler in transaction mode: what is in no transaction goes to another connection of the server each time. */
const pooled = (servers: readonly pg.Client[]): (() => Promise<PostgresSession>) => {
  let turn = 0;
  let isInTransaction = false;
  return async () => ({
    query: async (config) => {
      if (!isInTransaction) turn = (turn + 1) % servers.length;
      if (/^begin/.test(config.text)) isInTransaction = true;
      if (/^(commit|rollback)/.test(config.text)) isInTransaction = false;
      return await servers[turn]!.query(config);
    },
    release: () => {},
  });
};

const openPooled = async (t: TestContext): Promise<{ owner: Pick<Database, 'owner'>; server: pg.Client }> => {
  const url = await postgresUrlFor(t.name);
  t.after(() => releaseDatabase(t.name));
  const servers = [await connectTo(t, url), await connectTo(t, url), await connectTo(t, url)] as const;
  const kysely = new Kysely<Tables>({ dialect: postgresDialect(pooled(servers)) });
  return { owner: { owner: { kysely } } as unknown as Pick<Database, 'owner'>, server: await connectTo(t, url) };
};

test('behind a pooler in transaction mode migrations leave no lock that the start of another hub waits for', async (t) => {
  const { owner, server } = await openPooled(t);
  await migrate(owner, migrations);
  await migrate(owner, migrations);
  const { rows } = await server.query(
    `select objid from pg_locks join pg_database on pg_database.oid = database
     where locktype = 'advisory' and datname = current_database()`,
  );
  assert.deepEqual(rows, []);
});

test('migrations wait while another hub runs them', async (t) => {
  const { owner, server } = await openPooled(t);
  await migrate(owner, migrations);
  await server.query('begin');
  await server.query(`select pg_advisory_xact_lock(3853314791062309107)`);
  let isDone = false;
  const migrating = migrate(owner, migrations).then(() => {
    isDone = true;
  });
  const waiting = `select from pg_locks where locktype = 'advisory' and not granted`;
  while ((await server.query(waiting)).rowCount === 0) assert.equal(isDone, false);
  await server.query('commit');
  await migrating;
});
