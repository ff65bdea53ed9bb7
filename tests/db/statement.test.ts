import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { insertion, statement } from '../../src/db/statement.js';
import { openTestDatabase } from '../support/test-database.js';

const upsert = statement<{ name: string; value: string }>()((db, p) =>
  db
    .insertInto('hub_meta')
    .values({ value: p('value'), name: p('name') })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: p('value') })),
);
const selectNamed = statement<{ a: string; b: string }>()((db, p) =>
  db
    .selectFrom('hub_meta')
    .selectAll()
    .where((of) => of.or([of('name', '=', p('b')), of('name', '=', p('a')), of('value', '=', p('b'))]))
    .where('value', '!=', 'a constant')
    .orderBy('name'),
);
const selectListed = statement<{ names: string }>()((db, p, { isOneOf }) =>
  db
    .selectFrom('hub_meta')
    .select('name')
    .where(isOneOf('name', p('names'), 'text'))
    .orderBy('name'),
);
const countAll = statement<object>()((db) => db.selectFrom('hub_meta').select(sql<number>`count(*)`.as('count')));

test('parameters are bound by their names, however often and in whatever order they stand in the query', async (t) => {
  const { database } = await openTestDatabase(t);
  await database.write(async (tx) => {
    for (const [name, value] of Object.entries({ x: '1', y: '2', z: 'y', w: 'a constant' }))
      await tx.run(upsert, { name, value });
  });
  const rows = await database.read.all(selectNamed, { b: 'y', a: 'x' });
  assert.deepEqual(
    rows.map(({ name, value }) => `${name}=${value}`),
    ['x=1', 'y=2', 'z=y'],
  );
  assert.deepEqual(await database.read.all(selectNamed, { a: 'w', b: 'w' }), []);
});

test('one statement serves every call, also on two connections', async (t) => {
  const { database } = await openTestDatabase(t);
  await database.write((tx) => tx.run(upsert, { name: 'x', value: 'old' }));
  const seenInWork = await database.write(async (tx) => {
    await tx.run(upsert, { name: 'x', value: 'new' });
    const own = await tx.first(selectNamed, { a: 'x', b: 'x' });
    const outside = await database.read.first(selectNamed, { a: 'x', b: 'x' });
    return [own?.value, outside?.value];
  });
  assert.deepEqual(seenInWork, ['new', 'old']);
  assert.equal((await database.read.first(selectNamed, { a: 'x', b: 'x' }))?.value, 'new');
});

test('a write says how many rows it changed, an insert which key it gave', async (t) => {
  const { database } = await openTestDatabase(t);
  const insertKey = statement<{ hash: string }>()((db, p) =>
    db.insertInto('keys').values({ hash: p('hash'), scope: 'admin', module: null, label: '', created_at: 1 }),
  );
  const deleteAll = statement<object>()((db) => db.deleteFrom('keys'));
  const keys = await database.write(async (tx) => [
    await tx.insert(insertKey, { hash: 'a' }),
    await tx.insert(insertKey, { hash: 'b' }),
  ]);
  assert.equal(await database.write((tx) => tx.run(deleteAll, {})), 2);
  assert.equal(await database.write((tx) => tx.run(deleteAll, {})), 0);
  const [first = 0, second] = keys;
  assert.equal(second, first + 1);
  assert.equal(await database.write((tx) => tx.insert(insertKey, { hash: 'c' })), first + 2, 'no key is given twice');
});

test('rows of any number are inserted in their order, and their keys come in it', async (t) => {
  const { database } = await openTestDatabase(t);
  const insertKey = insertion<{ hash: string; at: number }>()('keys', (p) => ({
    hash: p('hash'),
    scope: 'admin',
    module: null,
    label: 'of many',
    created_at: p('at'),
  }));
  const selectKeys = statement<object>()((db) =>
    db.selectFrom('keys').select(['id', 'hash', 'created_at']).orderBy('id'),
  );
  for (const count of [0, 1, 7, 8, 9, 30]) {
    const rows = Array.from({ length: count }, (_, at) => ({ hash: `${count}-${at}`, at }));
    const before = (await database.read.all(selectKeys, {})).length;
    const keys = await database.write((tx) => tx.insertAll(insertKey, rows));
    const added = (await database.read.all(selectKeys, {})).slice(before);
    assert.deepEqual(
      added,
      rows.map(({ hash, at }, index) => ({ id: keys[index], hash, created_at: at })),
    );
  }
});

test('a list of any length is one parameter', async (t) => {
  const { database } = await openTestDatabase(t);
  await database.write(async (tx) => {
    for (const name of ['a', 'b', "c'"]) await tx.run(upsert, { name, value: '' });
  });
  for (const names of [[], ['a'], ['a', "c'", 'missing']]) {
    const found = await database.read.all(selectListed, { names: JSON.stringify(names) });
    assert.deepEqual(
      found.map(({ name }) => name),
      names.filter((name) => name !== 'missing'),
    );
  }
});

test('a text with quotes is data, not SQL', async (t) => {
  const { database } = await openTestDatabase(t);
  const name = `'); drop table hub_meta; --`;
  await database.write((tx) => tx.run(upsert, { name, value: name }));
  assert.equal((await database.read.first(selectNamed, { a: name, b: '' }))?.value, name);
  assert.equal((await database.read.first(countAll, {}))?.count, 1);
});
