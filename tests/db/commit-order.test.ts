import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import type { Database } from '../../src/db/database.js';
import { type Topic, topic } from '../../src/db/memory.js';
import { migrate } from '../../src/db/migrate.js';
import { openPostgres, type PostgresOptions } from '../../src/db/postgres/postgres-database.js';
import type { Transaction } from '../../src/db/statement.js';
import { EventStore } from '../../src/events/event-store.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { cableTo } from '../support/cable.js';
import { postgresUrlFor, releaseDatabase } from '../support/database-url.js';
import { eventually } from '../support/eventually.js';

// What several hubs on one PostgreSQL rest on: commits have one order, and the memory of each hub follows all of them.

interface Hub {
  readonly database: Database;
  readonly events: EventStore;
  /** What its memory was told, in order; `load` where it began anew. */
  readonly learnt: string[];
  tell(tx: Transaction, what: string): void;
}

/** Of a machine that has much else to do. */
const patient = {
  connectMs: 30_000,
  silenceMs: 30_000,
  statementMs: 30_000,
  pauseMs: 30_000,
  lockMs: 30_000,
  answerMs: 30_000,
};

const openHub = async (t: TestContext, url: string, options: Partial<PostgresOptions> = {}): Promise<Hub> => {
  const database = await openPostgres({ url, durability: 'full', limits: patient, ...options });
  t.after(() => database.close());
  await migrate(database, migrations);
  const learnt: string[] = [];
  const said: Topic<string> = topic('said', (what, origin) => void learnt.push(`${what} ${origin}`));
  await database.follow({
    topics: [said],
    load: async () => void learnt.push('load'),
    readRows: () => {},
  });
  const events = new EventStore(database.read, () => {});
  return { database, events, learnt, tell: (tx, what) => tx.tell(said, what) };
};

const openHubs = async (t: TestContext): Promise<{ url: string; a: Hub; b: Hub }> => {
  const url = await postgresUrlFor(t.name);
  t.after(() => releaseDatabase(t.name));
  const [a, b] = [await openHub(t, url, { isNotified: false }), await openHub(t, url, { isNotified: false })];
  return { url, a, b };
};

const say = (hub: Hub, what: string): Promise<void> => hub.database.write((tx) => hub.tell(tx, what));

const latch = () => {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};

const isSomebodyWaiting = async ({ database }: Hub): Promise<boolean> => {
  const { rows } = await sql`select pid from pg_locks
    where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())
  `.execute(database.read.kysely);
  return rows.length > 0;
};

const seqsOf = async ({ events }: Hub): Promise<string[]> =>
  (await events.after(0, 100)).map(({ seq, type }) => `${seq} ${type}`);

test('an event that is numbered first is never seen after one that is numbered later, whoever commits first', async (t) => {
  const { a, b } = await openHubs(t);
  const held = latch();
  const [early, late] = [latch(), latch()];
  const first = a.database.write(async (tx) => {
    await a.events.append(tx, { type: 'hub.started', at: 1, data: {} });
    early.open();
    await held.opened;
  });
  await early.opened;
  const second = b.database
    .write((tx) => b.events.append(tx, { type: 'hub.stopping', at: 2, data: {} }))
    .then(() => late.open());
  // The second has all it needs to commit; it may not before the first, whose event has the lower number.
  await eventually(() => isSomebodyWaiting(a));
  assert.deepEqual(await seqsOf(b), []);
  held.open();
  await Promise.all([first, second, late.opened]);
  assert.deepEqual(await seqsOf(a), ['1 hub.started', '2 hub.stopping']);
});

test('hubs that write at once number their events without gaps in the order of their commits', async (t) => {
  const { a, b } = await openHubs(t);
  const append = (hub: Hub, at: number) =>
    hub.database.write(async (tx) => {
      await hub.events.append(tx, { type: 'hub.started', at, data: {} });
      hub.tell(tx, `${at}`);
    });
  for (let round = 0; round < 10; round++)
    await Promise.all([append(a, 1), append(b, 2), append(a, 3), append(a, 4), append(b, 5)]);
  const events = await a.events.after(0, 100);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
  await a.database.catchUp?.();
  assert.deepEqual(
    events.map(({ at }) => String(at)),
    a.learnt.slice(1).map((line) => line.split(' ')[0]),
  );
});

test('a write looks at nothing before its memory knows all that was committed', async (t) => {
  const { a, b } = await openHubs(t);
  for (const what of ['one', 'two']) await say(a, what);
  const known = await b.database.write(() => [...b.learnt]);
  assert.deepEqual(known, ['load', 'one elsewhere', 'two elsewhere']);
});

test('each hub learns every commit once, and all in the same order', async (t) => {
  const { a, b } = await openHubs(t);
  const names = Array.from({ length: 40 }, (_, index) => index);
  await Promise.all(names.flatMap((index) => [say(a, `a${index}`), say(b, `b${index}`)]));
  await Promise.all([a, b].map(({ database }) => database.catchUp?.()));
  const plain = ({ learnt }: Hub) => learnt.slice(1).map((line) => line.split(' ')[0]);
  assert.equal(new Set(plain(a)).size, 80);
  assert.deepEqual(plain(a), plain(b));
});

test('what was rolled back is told to nobody', async (t) => {
  const { a, b } = await openHubs(t);
  const broken = a.database.write((tx) => {
    a.tell(tx, 'broken');
    throw new Error('no');
  });
  await assert.rejects(broken, /no/);
  await say(a, 'kept');
  await b.database.catchUp?.();
  assert.deepEqual(
    [a.learnt, b.learnt],
    [
      ['load', 'kept here'],
      ['load', 'kept elsewhere'],
    ],
  );
});

test('a commit whose answer is lost on its way is learnt all the same, once, by its own hub too', async (t) => {
  const { url, b } = await openHubs(t);
  const cable = await cableTo(t, url);
  const a = await openHub(t, cable.url, { isNotified: false, limits: { ...patient, answerMs: 500 } });
  const unsure = a.database.write(async (tx) => {
    a.tell(tx, 'unsure');
    cable.cutAnswers();
  });
  await assert.rejects(unsure, { code: 'database_busy', message: /may have been written/ });
  cable.mend();
  await eventually(() =>
    say(a, 'later').then(
      () => true,
      () => false,
    ),
  );
  await b.database.catchUp?.();
  assert.deepEqual(a.learnt, ['load', 'unsure elsewhere', 'later here']);
  assert.deepEqual(b.learnt, ['load', 'unsure elsewhere', 'later elsewhere']);
});

test('a hub that was away for longer than commits are kept loads everything anew', async (t) => {
  const { a, b } = await openHubs(t);
  await say(a, 'seen');
  await b.database.catchUp?.();
  await sql`select setval(pg_get_serial_sequence('commits', 'id'), 49)`.execute(a.database.owner.kysely);
  await sql`with old as (delete from commits)
    insert into commits (origin, at, notices) values ('a', 0, '[["said", "missed"]]')`.execute(a.database.owner.kysely);
  await b.database.catchUp?.();
  await say(b, 'awake');
  assert.deepEqual(b.learnt, ['load', 'seen elsewhere', 'load', 'awake here']);
});

test('a notification wakes the other hubs at once, and one that is off is made up for by looking', async (t) => {
  for (const isNotified of [true, false]) {
    await t.test(isNotified ? 'with notifications' : 'without', async (t) => {
      const url = await postgresUrlFor(t.name);
      t.after(() => releaseDatabase(t.name));
      const [a, b] = [await openHub(t, url, { isNotified }), await openHub(t, url, { isNotified })];
      await say(a, 'news');
      await eventually(() => b.learnt.includes('news elsewhere'));
    });
  }
});

test('a hub that hears nothing any more, for its connection was cut, hears again by itself', async (t) => {
  const url = await postgresUrlFor(t.name);
  t.after(() => releaseDatabase(t.name));
  const [a, b] = [await openHub(t, url), await openHub(t, url)];
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query like 'listen%'`.execute(a.database.read.kysely);
  await eventually(() =>
    say(a, 'after the cut').then(
      () => true,
      () => false,
    ),
  );
  await eventually(() => b.learnt.includes('after the cut elsewhere'));
  const listening = sql`select pid from pg_stat_activity where datname = current_database() and query like 'listen%'
    or query like 'select pg_notify%'`;
  await eventually(async () => (await listening.execute(a.database.read.kysely)).rows.length >= 2);
});
