import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { migrate } from '../../src/db/migrate.js';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.js';
import { insertion, statement } from '../../src/db/statement.js';
import { type SlowStatement, StatementProfile, statementName } from '../../src/db/statement-profile.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { startTestHub } from '../support/test-hub.js';

const insertKey = insertion<{ hash: string }>()('keys', (p) => ({
  hash: p('hash'),
  scope: sql.lit('admin'),
  label: sql.lit(''),
  created_at: sql.lit(0),
}));
const selectKeys = statement<{ label: string }>()((db, p) =>
  db.selectFrom('keys').select('id').where('label', '=', p('label')),
);

test('a statement has a name by what it does and where it stands, and is counted with its time', async (t) => {
  const profile = new StatementProfile();
  const database = openSqlite({ folder: await makeTemporaryFolder(t), durability: 'normal', profile });
  t.after(() => database.close());
  await migrate(database, migrations);
  await database.write(
    (tx) =>
      void tx.insertAll(
        insertKey,
        Array.from({ length: 19 }, (_, n) => ({ hash: `${n}` })),
      ),
  );
  await database.read.all(selectKeys, { label: '' });
  const of = (start: string) => database.statements().filter(({ name }) => name.startsWith(start));
  const [inserted, ...others] = of('insert keys');
  assert.match(inserted!.name, /^insert keys \[statement-profile\.test:\d+\]$/);
  assert.deepEqual([inserted!.count, others], [5, []], 'two of eight rows, and three alone');
  const [selected] = of('select keys [statement-profile');
  assert.equal(selected?.count, 1);
  assert.ok(selected.totalMs > 0 && selected.maxMs === selected.totalMs);
  assert.ok(of('commit')[0]!.count >= 1);
});

test('one that takes longer than the limit is told with its plan, and within a minute without', async (t) => {
  const slow: SlowStatement[] = [];
  const profile = new StatementProfile({ slowMs: 0, onSlow: (each) => slow.push(each) });
  const database = openSqlite({ folder: await makeTemporaryFolder(t), durability: 'normal', profile });
  t.after(() => database.close());
  await migrate(database, migrations);
  for (const label of ['a', 'b']) await database.read.all(selectKeys, { label });
  await new Promise(setImmediate);
  const told = slow.filter(({ statement: name }) => name.startsWith('select keys [statement-profile'));
  assert.equal(told.length, 2);
  assert.deepEqual(
    told.flatMap(({ plan }) => plan ?? []),
    ['SCAN keys'],
  );
});

const names: readonly [text: string, name: string][] = [
  ['select "a" from "turns" where 1', 'select turns [x]'],
  ['insert into "events" ("type") values (?)', 'insert events [x]'],
  ['update "deliveries" set "state" = ?', 'update deliveries [x]'],
  ['delete from "keys"', 'delete keys [x]'],

  ['begin immediate', 'run [x]'],
];
for (const [text, name] of names) test(`${text} is called ${name}`, () => assert.equal(statementName(text, 'x'), name));

test('the statistics of a hub tell what its statements took', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/A', {});
  const { statements } = (await hub.call('GET', '/v1/stats')).body;
  assert.ok(statements.length > 5);
  assert.ok(statements.some(({ name }: { name: string }) => /^insert events \[event-store:\d+\]$/.test(name)));
  const totals = statements.map(({ totalMs }: { totalMs: number }) => totalMs);
  assert.deepEqual(
    totals,
    totals.toSorted((a: number, b: number) => b - a),
  );
});
