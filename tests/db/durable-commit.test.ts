import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import Sqlite from 'better-sqlite3';
import { SqliteWriteConnection } from '../../src/db/sqlite/sqlite-write-connection.js';
import { statement } from '../../src/db/statement.js';
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
  const put = (name: string, after: () => void = () => {}): Promise<void> =>
    group.write(async (tx) => {
      tx.afterCommit(after);
      await tx.run(insertName, { name });
    });
  return { group, put, names: () => connection.prepare('select name from hub_meta').pluck().all() };
};

test('nobody hears of a write before the disk has it, and what is asked for meanwhile comes after it', async (t) => {
  const order: string[] = [];
  const disk: (() => void)[] = [];
  let reached = (): void => {};
  const { put } = openOn(t, () => {
    order.push('to the disk');
    reached();
    return new Promise((resolve) => disk.push(resolve));
  });
  const nextSync = (): Promise<void> =>
    new Promise((resolve) => {
      reached = resolve;
    });
  const firstSync = nextSync();
  const first = put('a', () => order.push('told of a')).then(() => order.push('a answered'));
  await firstSync;
  const second = put('b', () => order.push('told of b')).then(() => order.push('b answered'));
  const secondSync = nextSync();
  order.push('on the disk');
  disk.shift()?.();
  await first;
  await secondSync;
  order.push('on the disk');
  disk.shift()?.();
  await second;
  assert.deepEqual(order, [
    'to the disk',
    'on the disk',
    'told of a',
    'a answered',
    'to the disk',
    'on the disk',
    'told of b',
    'b answered',
  ]);
});

test('after the disk has failed nothing is written any more, for nobody knows what it has', async (t) => {
  const { put, names } = openOn(t, () => Promise.reject(new Error('EIO: i/o error, fdatasync')));
  const failed = { name: 'HubError', code: 'disk_failed', message: /start the hub again/ };
  await assert.rejects(put('a'), failed);
  await assert.rejects(put('b'), failed);
  assert.equal(names().includes('b'), false);
});

test('a group that has changed nothing does not wait for the disk', async (t) => {
  let syncs = 0;
  const { group, put } = openOn(t, async () => void syncs++);
  await put('a');
  await group.write(() => {});
  assert.equal(syncs, 1);
});
