import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import type { Database } from '../../src/db/database.js';
import { statement, type Transaction } from '../../src/db/statement.js';
import { openTestDatabase } from '../support/test-database.js';

const PAGE_BYTES = 4096;

const insertName = statement<{ name: string; value: string }>()((db, p) =>
  db.insertInto('hub_meta').values({ name: p('name'), value: p('value') }),
);
const countNames = statement<object>()((db) => db.selectFrom('hub_meta').select(sql<number>`count(*)`.as('count')));

const putLarge = (tx: Transaction, name: string) => tx.insert(insertName, { name, value: 'x'.repeat(100_000) });
const putSmall = (tx: Transaction, name: string) => tx.insert(insertName, { name, value: '' });

/** A database that may not grow by more than a few pages, as on a disk that is full. */
async function openFull(t: TestContext): Promise<Database> {
  const { database } = await openTestDatabase(t);
  const most = (await database.sizeBytes()) / PAGE_BYTES + 3;
  await sql.raw(`pragma max_page_count = ${most}`).execute(database.owner.kysely);
  return database;
}

test('a write that finds the disk full is refused with disk_full and changes nothing', async (t) => {
  const database = await openFull(t);
  await assert.rejects(
    database.write((tx) => putLarge(tx, 'large')),
    { name: 'HubError', code: 'disk_full' },
  );
  assert.equal((await database.read.first(countNames, {}))?.count, 0);
});

test('a work that wrote before the disk was full is refused with disk_full too', async (t) => {
  const database = await openFull(t);
  const writeBoth = async (tx: Transaction): Promise<void> => {
    await putSmall(tx, 'small');
    await putLarge(tx, 'large');
  };
  await assert.rejects(database.write(writeBoth), { name: 'HubError', code: 'disk_full' });
  assert.equal((await database.read.first(countNames, {}))?.count, 0);
});

test('what fits is written again after a write that did not', async (t) => {
  const database = await openFull(t);
  await database.write((tx) => putLarge(tx, 'large')).catch(() => undefined);
  await database.write((tx) => putSmall(tx, 'small'));
  assert.equal((await database.read.first(countNames, {}))?.count, 1);
});
