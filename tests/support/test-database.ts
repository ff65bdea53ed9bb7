import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Sqlite, { type Database as Connection } from 'better-sqlite3';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.js';
import { migrations } from '../../src/migrations/migration-list.js';
import { makeTemporaryFolder } from './temporary-folder.js';

export interface TestDatabase {
  readonly database: Database;
  readonly folder: string;
}

/** A database with the hub's schema in a folder of its own, closed with the test. */
export async function openTestDatabase(t: TestContext): Promise<TestDatabase> {
  const folder = await makeTemporaryFolder(t);
  const database = openSqlite({ folder, durability: 'full' });
  t.after(() => database.close());
  await migrate(database, migrations);
  return { database, folder };
}

/** A connection of somebody else to the database in the folder, closed with the test. */
export function connectBeside(t: TestContext, folder: string): Connection {
  const connection = new Sqlite(join(folder, 'hub.db'));
  t.after(() => connection.close());
  return connection;
}

const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * Commits since the write-ahead log was begun: each ends with a frame that names the size of the database after it
 * (https://www.sqlite.org/fileformat2.html#walformat).
 */
export function countCommits(folder: string): number {
  const log = readFileSync(join(folder, 'hub.db-wal'));
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8);
  const salts = log.toString('hex', 16, 24);
  let commits = 0;
  for (let frame = WAL_HEADER_BYTES; frame + frameBytes <= log.length; frame += frameBytes) {
    if (log.toString('hex', frame + 8, frame + 16) !== salts) break;
    if (log.readUInt32BE(frame + 4) > 0) commits += 1;
  }
  return commits;
}
