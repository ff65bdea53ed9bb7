import pg from 'pg';
import type { Database, Durability } from '../database.js';
import { WriteGroup } from '../write-group.js';
import { PostgresHandle } from './postgres-handle.js';
import { DatabaseHold } from './postgres-hold.js';
import { PostgresWriteConnection, type TimeLimits } from './postgres-write-connection.js';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  readonly durability: Durability;
  readonly limits?: TimeLimits;
}

const CONNECT_MS = 2000;
const MOST_CONNECTIONS = 10;
/** No statement of a write takes so long, and no pause between two: what hangs holds nobody up for ever. */
const LIMITS: TimeLimits = { statementMs: 10_000, pauseMs: 4000, answerMs: 15_000 };
const INT8 = 20;
const NUMERIC = 1700;

/** Keys, instants and sums are numbers that JavaScript holds exactly. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format as 'text'),
};

/** @throws DatabaseRefused */
export const openPostgres = async ({ url, durability, limits = LIMITS }: PostgresOptions): Promise<Database> => {
  const options = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'granger-hub',
    types,
  };
  const hold = new DatabaseHold(options);
  await hold.take();
  const pool = new pg.Pool({ ...options, query_timeout: limits.answerMs, max: MOST_CONNECTIONS });
  // Migrations take as long as they take.
  const owners = new pg.Pool({ ...options, max: 1 });
  // A connection that breaks is told to who uses it, by his query; where nobody does, the next one who asks gets another.
  for (const each of [pool, owners]) {
    each.on('error', () => {});
    each.on('connect', (client) => client.on('error', () => {}));
  }
  const connection = new PostgresWriteConnection({ pool, hold, durability, limits });
  const group = new WriteGroup(connection);
  const read = new PostgresHandle(() => pool.connect());
  const end = async (): Promise<void> => {
    await group.drain();
    await Promise.all([pool.end(), owners.end()]);
    await hold.release();
  };
  let closing: Promise<void> | undefined;
  return {
    read,
    owner: new PostgresHandle(() => owners.connect()),
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
