import type { Database } from './database.js';
import { openPostgres } from './postgres/postgres-database.js';
import { openSqlite } from './sqlite/sqlite-database.js';

export interface DatabaseOptions {
  /** The hub's data folder, where SQLite keeps `hub.db`. */
  readonly folder: string;
  /** `full`: a commit is on the disk. `normal`: it survives the process, not a power cut. */
  readonly durability: 'full' | 'normal';
  /** Of PostgreSQL, instead of SQLite. */
  readonly url?: string | undefined;
}

/** @throws DatabaseRefused where PostgreSQL cannot be used, with the reason */
export const openDatabase = async ({ folder, durability, url }: DatabaseOptions): Promise<Database> =>
  url === undefined ? openSqlite({ folder, durability }) : await openPostgres({ url, durability });
