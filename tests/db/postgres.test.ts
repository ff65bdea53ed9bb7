import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  array,
  asyncProperty,
  constantFrom,
  assert as forAll,
  integer,
  maxSafeInteger,
  oneof,
  option,
  record,
  string,
} from 'fast-check';
import { sql } from 'kysely';
import pg from 'pg';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { openPostgres } from '../../src/db/postgres/postgres-database.js';
import { type Insertion, insertion, statement, type Transaction } from '../../src/db/statement.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { postgresUrlFor, releaseDatabase } from '../support/database-url.js';
import { eventually } from '../support/eventually.js';

const insertName = statement<{ name: string }>()((db, p) =>
  db.insertInto('hub_meta').values({ name: p('name'), value: '' }),
);
const insertKey = insertion<{ hash: string; at: number }>()('keys', (p) => ({
  hash: p('hash'),
  scope: 'admin',
  module: null,
  label: '',
  created_at: p('at'),
}));
const selectNames = statement<object>()((db) => db.selectFrom('hub_meta').select('name').orderBy('name'));
const selectHashes = statement<{ ids: string }>()((db, p, { isOneOf }) =>
  db
    .selectFrom('keys')
    .select('hash')
    .where(isOneOf('id', p('ids'), 'integer'))
    .orderBy('id'),
);

const put = (tx: Transaction, name: string) => tx.run(insertName, { name });
const namesIn = async (database: Database): Promise<string[]> =>
  (await database.read.all(selectNames, {})).map(({ name }) => name);

const tryToPut = async (database: Database, name: string): Promise<string> =>
  await database
    .write((tx) => put(tx, name))
    .then(
      () => 'written',
      ({ code }) => code,
    );

const open = async (t: TestContext): Promise<{ database: Database; url: string }> => {
  const url = await postgresUrlFor(t.name);
  const database = await openPostgres({ url, durability: 'full' });
  t.after(async () => {
    await database.close();
    releaseDatabase(t.name);
  });
  await migrate(database, migrations);
  return { database, url };
};

interface Letter {
  readonly type: string;
  readonly recipient: string | null;
  readonly priority: number;
  readonly payload: string;
  readonly expires_at: number | null;
}

const letterRow: Insertion<Letter>['row'] = (p) => ({
  type: p('type'),
  sender: sql.lit("O'Neill"),
  recipient: p('recipient'),
  is_broadcast: 0,
  priority: p('priority'),
  payload: p('payload'),
  max_attempts: 3,
  created_at: 1,
  expires_at: p('expires_at'),
});
const letterOf = (type: string): Letter => ({ type, recipient: null, priority: 5, payload: '{}', expires_at: null });

/** Keys of the server, and those that the hub gives out. */
const insertLetter = insertion<Letter>()('messages', letterRow as never);
const insertOwnLetter = insertion<Letter>()('messages', letterRow as never, { isOnlyWay: true });

const selectLetters = statement<{ after: number }>()((db, p) =>
  db
    .selectFrom('messages')
    .select(['id', 'type', 'sender', 'recipient', 'priority', 'payload', 'expires_at'])
    .where('id', '>', p('after'))
    .orderBy('id'),
);

/** What an array of PostgreSQL writes in a way of its own. */
const awkward = ['', ' ', 'NULL', 'null', '{}', '{a,b}', '"', '\\', '\\"', "'", ',', '\n\t', 'Grüße 🦊', '$1', '%s'];

/** Ends all connections of the hub, as a restart of the server would. */
const cutConnections = async (url: string): Promise<void> => {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await client.end();
};

test('migrations run once', async (t) => {
  const { database } = await open(t);
  assert.deepEqual(await migrate(database, migrations), []);
});

const unusable = {
  'a wrong password': [{ password: 'guessed' }, /password authentication failed/],
  'a user that is not there': [{ username: 'nobody' }, /authentication failed/],
  'a database that is not there': [{ pathname: '/nowhere' }, /"nowhere" does not exist/],
  'nobody at the address': [{ port: '1' }, /ECONNREFUSED/],
} as const;

for (const [what, [change, says]] of Object.entries(unusable)) {
  test(`${what} is a refusal that says so, without the password`, async (t) => {
    const { url } = await open(t);
    const wrong = Object.assign(new URL(url), change);
    await assert.rejects(openPostgres({ url: wrong.href, durability: 'full' }), (error: Error) => {
      assert.equal(error.name, 'DatabaseRefused');
      assert.match(error.message, says);
      assert.ok(!error.message.includes(wrong.password), error.message);
      return true;
    });
  });
}

test('rows of any number come with their keys, in their order', async (t) => {
  const { database } = await open(t);
  for (const count of [0, 1, 9, 75]) {
    const rows = Array.from({ length: count }, (_, at) => ({ hash: `${count}-${at}`, at }));
    const ids = await database.write((tx) => tx.insertAll(insertKey, rows));
    const found = await database.read.all(selectHashes, { ids: JSON.stringify(ids) });
    assert.deepEqual(
      found.map(({ hash }) => hash),
      rows.map(({ hash }) => hash),
    );
  }
});

test('a work that breaks half way is rolled back alone, and its neighbours are kept', async (t) => {
  const { database } = await open(t);
  const broken = async (tx: Transaction): Promise<void> => {
    await put(tx, 'half');
    await sql`select 1 / 0`.execute(tx.kysely);
  };
  const outcomes = await Promise.allSettled([
    database.write((tx) => put(tx, 'before')),
    database.write(broken),
    database.write((tx) => put(tx, 'after')),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(await namesIn(database), ['after', 'before']);
});

test('nothing is acknowledged that the server has rolled back, although the work did not mind its error', async (t) => {
  const { database } = await open(t);
  const careless = async (tx: Transaction): Promise<void> => {
    await put(tx, 'lost');
    await sql`select 1 / 0`.execute(tx.kysely).catch(() => {});
  };
  await assert.rejects(database.write(careless));
  assert.deepEqual(await namesIn(database), []);
});

test('a connection that breaks in a work undoes it, says that the database is away, and is made again', async (t) => {
  const { database, url } = await open(t);
  const work = database.write(async (tx) => {
    await put(tx, 'half');
    await cutConnections(url);
    await put(tx, 'other half');
  });
  await assert.rejects(work, { name: 'HubError', code: 'database_busy', retryAfterSeconds: 1 });
  await eventually(async () => (await tryToPut(database, 'later')) === 'written');
  assert.deepEqual(await namesIn(database), ['later']);
});

test('a work fails alone by a statement whose answer it did not wait for, and says why', async (t) => {
  const { database } = await open(t);
  const send = (type: string) =>
    database.write(async (tx) => (await tx.insertAll(insertOwnLetter, [letterOf(type)]))[0]);
  const outcomes = await Promise.allSettled(['before', 'NUL \0', 'after'].map(send));
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'done' : outcome.reason.code)),
    ['done', 'invalid_request', 'done'],
  );
  const stored = await database.read.all(selectLetters, { after: 0 });
  const keys = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  assert.deepEqual(
    stored.map(({ id, type }) => [id, type]),
    [
      [keys[0], 'before'],
      [keys[1], 'after'],
    ],
  );
});

test('what a work sends and does not wait for is seen by what it asks next', async (t) => {
  const { database } = await open(t);
  const seen = await database.write(async (tx) => {
    await tx.insertAll(insertOwnLetter, [letterOf('sent')]);
    return (await tx.all(selectLetters, { after: 0 })).map(({ type }) => type);
  });
  assert.deepEqual(seen, ['sent']);
});

test('keys that a hub gives out are none that another way has given, nor those of a rolled back write', async (t) => {
  const { database } = await open(t);
  const insert = (source: Insertion<Letter>) =>
    database.write((tx) => tx.insertAll(source, [letterOf('a'), letterOf('b')]));
  const broken = database.write(async (tx) => {
    await tx.insertAll(insertOwnLetter, [letterOf('lost')]);
    throw new Error('broken');
  });
  await assert.rejects(broken, /broken/);
  const keys = [await insert(insertLetter), await insert(insertOwnLetter), await insert(insertLetter)].flat();
  assert.equal(new Set(keys).size, 6);
  const stored = await database.read.all(selectLetters, { after: 0 });
  assert.deepEqual(
    stored.map(({ id }) => id),
    [...keys].sort((one, other) => one - other),
  );
});

for (const [kind, insertAny] of Object.entries({ 'the server names': insertLetter, 'the hub gives': insertOwnLetter }))
  test(`many rows whose keys ${kind} come in as they are given, whichever of their values are the same`, async (t) => {
    const { database } = await open(t);
    const text = oneof(
      constantFrom(...awkward),
      string({ unit: 'grapheme' }).filter((value) => !value.includes('\0')),
    );
    const letters = array(
      record({
        type: constantFrom('a', 'b'),
        recipient: option(text),
        priority: integer({ min: 1, max: 10 }),
        payload: text.map((value) => JSON.stringify(value)),
        expires_at: option(maxSafeInteger().filter((value) => value > 0)),
      }),
      { minLength: 2, maxLength: 40 },
    );
    const same = letters.map((rows) => rows.map(() => rows[0]!));
    let last = 0;
    await forAll(
      asyncProperty(oneof(letters, same), async (rows) => {
        const keys = await database.write((tx) => tx.insertAll(insertAny, rows));
        const stored = await database.read.all(selectLetters, { after: last });
        last = keys.at(-1)!;
        assert.deepEqual(
          stored,
          rows.map((row, index) => ({ id: keys[index], sender: "O'Neill", ...row })),
        );
      }),
      { numRuns: 60 },
    );
  });

/** How many statements the connection of a reader keeps, and what is said where one is lost, as behind a pooler. */
const keptStatements = async (t: TestContext, isNotified: boolean) => {
  const url = await postgresUrlFor(t.name);
  const database = await openPostgres({ url, durability: 'full', isNotified });
  t.after(async () => {
    await database.close();
    releaseDatabase(t.name);
  });
  await migrate(database, migrations);
  await namesIn(database);
  const { rows } = await sql<{ count: number }>`select count(*) as count from pg_prepared_statements`.execute(
    database.read.kysely,
  );
  await sql`deallocate all`.execute(database.read.kysely);
  const said = await namesIn(database).then(String, ({ message }: Error) => message);
  return { kept: rows[0]!.count, said };
};

test('where connections stay a statement is prepared once, and who loses it is told of poolers', async (t) => {
  const { kept, said } = await keptStatements(t, true);
  assert.ok(kept > 0);
  assert.match(said, /pooler in transaction mode: set GRANGER_NOTIFY=off/);
});

test('behind a pooler in transaction mode no statement is expected on the next connection', async (t) => {
  assert.deepEqual(await keptStatements(t, false), { kept: 0, said: '' });
});
