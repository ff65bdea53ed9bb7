import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CopyRefused, copyDatabase } from '../src/db/copy-database.js';
import { migrate } from '../src/db/migrate.js';
import { openPostgres } from '../src/db/postgres/postgres-database.js';
import { DatabaseRefused } from '../src/db/postgres/postgres-problem.js';
import { lockDataFolder } from '../src/db/sqlite/data-lock.js';
import { openSqlite } from '../src/db/sqlite/sqlite-database.js';
import { migrations } from '../src/migrations/migration-list.js';

const usage = `npm run db:copy -- --from FOLDER --to postgres://user:password@host:port/database
Copies the SQLite database in a hub's data folder into an empty PostgreSQL database, and compares them row for row.
No hub may run on either of them.`;

/** Nobody waits for a copy but who has asked for it: it may take as long as it takes. */
const DAY_MS = 86_400_000;
const limits = { silenceMs: DAY_MS, statementMs: DAY_MS, pauseMs: DAY_MS, answerMs: DAY_MS };

const exitWith = (code: number, text: string): never => {
  console.error(text);
  process.exit(code);
};

const readOptions = (): { from: string; to: string } => {
  try {
    const { from, to } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } }).values;
    if (from !== undefined && to !== undefined) return { from, to };
  } catch (error) {
    console.error((error as Error).message);
  }
  return exitWith(2, usage);
};

const { from, to } = readOptions();
if (!existsSync(join(from, 'hub.db'))) exitWith(1, `There is no hub.db in ${from}.`);
const lock = lockDataFolder(from);
if (lock === undefined) exitWith(1, `A hub is running on ${from}. Stop it first.`);
const source = openSqlite({ folder: from, durability: 'full' });
try {
  const target = await openPostgres({ url: to, durability: 'full', limits });
  try {
    await migrate(target, migrations);
    const copied = await copyDatabase(source, target);
    for (const { table, rows } of copied) console.log(`${table.padEnd(20)}${String(rows).padStart(12)} rows`);
    console.log('Copied, and compared row for row.');
  } finally {
    await target.close();
  }
} catch (error) {
  if (!(error instanceof CopyRefused || error instanceof DatabaseRefused)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await source.close();
  lock?.release();
}
