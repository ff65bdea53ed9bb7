import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { SqliteWriteConnection } from '../../src/db/sqlite/sqlite-write-connection.js';
import { statement, type Transaction } from '../../src/db/statement.js';
import { StatementProfile } from '../../src/db/statement-profile.js';
import { WriteGroup } from '../../src/db/write-group.js';

const insertName = statement<{ name: string }>()((db, p) =>
  db.insertInto('hub_meta').values({ name: p('name'), value: '' }),
);

/** A database whose disk does what the test says: a real one cannot be told to hesitate or to fail. */
const openOn = (t: TestContext, disk: () => Promise<void>) => {
  const connection = new Sqlite(':memory:');
  t.after(() => connection.close());
  connection.exec('create table hub_meta (name text primary key, value text not null) strict');
  const group = new WriteGroup(
    new SqliteWriteConnection(connection, new StatementProfile(), disk),
    new StatementProfile(),
  );
  const put = (name: string, say: (what: string) => void = () => {}) => {
    const work = async (tx: Transaction): Promise<void> => {
      tx.afterCommit(() => say(`${name} remembered`));
      tx.whenDurable(() => say(`${name} told`));
      await tx.run(insertName, { name });
    };
    return {
      durably: () => group.write(work).then(() => say(`${name} answered`)),
      early: () => group.writeEarly(work).then(() => say(`${name} answered`)),
    };
  };
  return { group, put, names: () => connection.prepare('select name from hub_meta').pluck().all() };
};

/** What happens in its order, and a disk that is busy with each sync until the test lets it end. */
const openOnSlowDisk = (t: TestContext) => {
  const order: string[] = [];
  const news = new EventEmitter();
  const busy: (() => void)[] = [];
  const say = (what: string): void => {
    order.push(what);
    news.emit(what);
  };
  const database = openOn(t, () => {
    say('to the disk');
    return new Promise((resolve) => busy.push(resolve));
  });
  return {
    ...database,
    order,
    say,
    put: (name: string) => database.put(name, say),
    until: (what: string) => once(news, what),
    diskEnds: () => {
      order.push('on the disk');
      busy.shift()?.();
    },
  };
};

test('nobody hears of a write before the disk has it, but memory knows it, and what is asked for meanwhile comes after it', async (t) => {
  const { put, order, until, diskEnds } = openOnSlowDisk(t);
  const first = put('a').durably();
  await until('to the disk');
  const second = put('b').durably();
  const again = until('to the disk');
  diskEnds();
  await first;
  await again;
  diskEnds();
  await second;
  const [a, b] = ['a', 'b'].map((name) => [
    `${name} remembered`,
    'to the disk',
    'on the disk',
    `${name} told`,
    `${name} answered`,
  ]);
  assert.deepEqual(order, [...a!, ...b!]);
});

test('what the hub goes on with by itself waits for no disk, and outside it is told in the order of the commits', async (t) => {
  const { put, order, until, diskEnds } = openOnSlowDisk(t);
  const first = put('a').durably();
  await until('to the disk');
  await put('b').early();
  const again = until('to the disk');
  diskEnds();
  await first;
  await again;
  const told = until('b told');
  diskEnds();
  await told;
  const early = ['b remembered', 'b answered', 'on the disk', 'a told'];
  assert.deepEqual(
    order.filter((what) => what !== 'a answered'),
    ['a remembered', 'to the disk', ...early, 'to the disk', 'on the disk', 'b told'],
  );
});

test('enough works do not wait for the disk, and share its next sync with those after them', async (t) => {
  const { put, order, until, diskEnds } = openOnSlowDisk(t);
  const first = put('first').durably();
  await until('to the disk');
  const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
  const many = names.map((name) => put(name).durably());
  await until('n29 remembered');
  const again = until('to the disk');
  diskEnds();
  await first;
  await again;
  diskEnds();
  await Promise.all(many);
  assert.equal(order.filter((what) => what === 'to the disk').length, 2);
});

test('what a lone write wakes goes to the disk with it', async (t) => {
  const { group, put, order, say, diskEnds, until } = openOnSlowDisk(t);
  let woken: Promise<void> | undefined;
  const waking = group.write(async (tx) => {
    await tx.run(insertName, { name: 'waking' });
    tx.afterCommit(() => {
      woken = put('woken').durably();
    });
  });
  await until('to the disk');
  diskEnds();
  await waking;
  await woken;
  say('end');
  assert.deepEqual(order, ['woken remembered', 'to the disk', 'on the disk', 'woken told', 'woken answered', 'end']);
});

test('who has read what is committed can wait until it is durable', async (t) => {
  const { group, put, order, say, diskEnds, until } = openOnSlowDisk(t);
  const first = put('a').durably();
  await until('to the disk');
  await put('b').early();
  const told = group.durable()?.then(() => say('c told'));
  const again = until('to the disk');
  diskEnds();
  await again;
  diskEnds();
  await told;
  await first;
  assert.deepEqual(order.slice(-3), ['on the disk', 'b told', 'c told']);
  assert.equal(group.durable(), undefined);
});

test('who reads while a lone write waits for what it has woken waits for the disk too', async (t) => {
  const { group, put, order, say, until, diskEnds } = openOnSlowDisk(t);
  let told: Promise<void> | undefined;
  const waking = group.write(async (tx) => {
    await tx.run(insertName, { name: 'waking' });
    tx.afterCommit(() => {
      // A work whose own commit comes later: meanwhile nothing goes to the disk.
      void put('woken').durably();
      setImmediate(() => {
        told = group.durable()?.then(() => say('told'));
      });
    });
  });
  await until('to the disk');
  diskEnds();
  await waking;
  await told;
  assert.ok(order.indexOf('told') > order.indexOf('on the disk'));
});

test('after the disk has failed nobody is told that what can be read is durable', async (t) => {
  const { group, put } = openOn(t, () => Promise.reject(new Error('EIO: i/o error, fdatasync')));
  await assert.rejects(put('a').durably());
  await assert.rejects(async () => await group.durable(), { code: 'disk_failed' });
});

test('a group that had to wait long for its turn does something in it', async (t) => {
  const connection = new Sqlite(':memory:');
  t.after(() => connection.close());
  connection.exec('create table hub_meta (name text primary key, value text not null) strict');
  /** As on a database where others write too. */
  class Contended extends SqliteWriteConnection {
    override begin(): void {
      const until = performance.now() + 25;
      while (performance.now() < until);
      super.begin();
    }
  }
  let begun = 0;
  const contended = new Contended(connection, new StatementProfile(), () => {});
  const group = new WriteGroup(contended, new StatementProfile());
  const names = ['a', 'b', 'c'];
  await Promise.all(
    names.map((name) =>
      group.write(async (tx) => {
        begun++;
        await tx.run(insertName, { name });
      }),
    ),
  );
  assert.equal(begun, 3);
  assert.deepEqual(connection.prepare('select name from hub_meta order by name').pluck().all(), names);
});

test('a write that is committed while the disk fails fails with it', async (t) => {
  const disk: ((error: Error) => void)[] = [];
  const news = new EventEmitter();
  const { put } = openOn(t, () => {
    news.emit('busy');
    return new Promise((_, reject) => disk.push(reject));
  });
  const first = put('a').durably();
  await once(news, 'busy');
  await put('b').early();
  const others = Array.from({ length: 24 }, (_, index) => put(`n${index}`).durably());
  await put('c').early();
  disk.shift()?.(new Error('EIO: i/o error, fdatasync'));
  for (const { status } of await Promise.allSettled([first, ...others])) assert.equal(status, 'rejected');
  assert.equal(disk.length, 0);
});

test('after the disk has failed nothing is written any more, for nobody knows what it has', async (t) => {
  const { put, names } = openOn(t, () => Promise.reject(new Error('EIO: i/o error, fdatasync')));
  const failed = { name: 'HubError', code: 'disk_failed', message: /start the hub again/ };
  await assert.rejects(put('a').durably(), failed);
  await assert.rejects(put('b').durably(), failed);
  assert.equal(names().includes('b'), false);
});

test('a group that has changed nothing does not wait for the disk', async (t) => {
  let syncs = 0;
  const { group, put } = openOn(t, async () => void syncs++);
  await put('a').durably();
  await group.write(() => {});
  assert.equal(syncs, 1);
});
