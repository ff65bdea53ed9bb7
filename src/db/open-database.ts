import type { Database, Durability } from './database.js';
import { openPostgres } from './postgres/postgres-database.js';
import { openSqlite } from './sqlite/sqlite-database.js';
import { StatementProfile } from './statement-profile.js';

export interface DatabaseOptions {
  /** The hub's data folder, where SQLite keeps `hub.db`. */
  readonly folder: string;
  readonly durability: Durability;
  /** Of PostgreSQL, instead of SQLite. */
  readonly url?: string | undefined;
  /** Of PostgreSQL: false where a pooler between knows no LISTEN. */
  readonly isNotified?: boolean | undefined;
  readonly profile?: StatementProfile;
}

/** @throws DatabaseRefused where PostgreSQL cannot be used, with the reason */
export const openDatabase = async ({
  folder,
  durability,
  url,
  isNotified,
  profile = new StatementProfile(),
}: DatabaseOptions): Promise<Database> =>
  url === undefined
    ? openSqlite({ folder, durability, profile })
    : await openPostgres({ url, durability, isNotified, profile });
