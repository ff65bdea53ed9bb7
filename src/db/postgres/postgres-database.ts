import pg from 'pg';
import type { Database, Durability } from '../database.js';
import { WriteGroup } from '../write-group.js';
import { PostgresHandle } from './postgres-handle.js';
import { DatabaseHold } from './postgres-hold.js';
import { PostgresWriteConnection } from './postgres-write-connection.js';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  readonly durability: Durability;
}

const CONNECT_MS = 2000;
const MOST_CONNECTIONS = 10;
const INT8 = 20;
const NUMERIC = 1700;

/** Keys, instants and sums are numbers that JavaScript holds exactly. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format as 'text'),
};

/** @throws DatabaseRefused */
export const openPostgres = async ({ url, durability }: PostgresOptions): Promise<Database> => {
  const options = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'granger-hub',
    types,
  };
  const hold = new DatabaseHold(options);
  await hold.take();
  const pool = new pg.Pool({ ...options, max: MOST_CONNECTIONS });
  // A connection that breaks is told to who uses it, by his query; where nobody does, the next one who asks gets another.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const connection = new PostgresWriteConnection({ pool, hold, durability });
  const group = new WriteGroup(connection);
  const read = new PostgresHandle(() => pool.connect());
  const end = async (): Promise<void> => {
    await group.drain();
    await pool.end();
    await hold.release();
  };
  let closing: Promise<void> | undefined;
  return {
    read,
    owner: read,
    write: (work) => group.write(work),
    writeEach: (bulk, item) => group.writeEach(bulk, item),
    sizeBytes: async () => {
      const { rows } = await pool.query('select pg_database_size(current_database()) as size');
      return rows[0].size as number;
    },
    close: () => {
      closing ??= end();
      return closing;
    },
  };
};
