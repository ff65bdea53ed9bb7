import pg from 'pg';
import type { PostgresSession } from './postgres-session.js';

const INT8 = 20;
const NUMERIC = 1700;

/** Keys, instants and sums are numbers that JavaScript holds exactly. */
export const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format as 'text'),
};

/** A connection that breaks is told to who uses it, by his query; where nobody does, the next one who asks gets another. */
export const openPool = (options: pg.PoolConfig): pg.Pool => {
  const pool = new pg.Pool(options);
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
};

interface ReadLimits {
  /** The server ends a statement that takes longer: it does not notice that nobody waits for it any more. */
  readonly statementMs: number;
  /** Whether a connection is the same one for the server all the time. */
  readonly isStaying: boolean;
}

/**
 * Sessions for reads. The limit is no parameter of the connection, for PgBouncer refuses those that it does not know; and where it may
 * give the connection to others after each transaction, it is set in each.
 */
export const readSessions = (
  pool: pg.Pool,
  { statementMs, isStaying }: ReadLimits,
): (() => Promise<PostgresSession>) => {
  const limit = `statement_timeout = ${statementMs}`;
  if (!isStaying) return async () => limited(await pool.connect(), `begin read only; set local ${limit}`);
  pool.on('connect', (client) => void client.query(`set ${limit}`).catch(ignore));
  return () => pool.connect();
};

/** All of it goes out together: it is asked once and answered once. */
const limited = (client: pg.PoolClient, begin: string): PostgresSession => ({
  query: async (config) => {
    client.query(begin).catch(ignore);
    const answered = client.query(config);
    const ended = client.query('commit').catch(ignore);
    return await answered.finally(() => ended);
  },
  release: (broken) => client.release(broken),
});

const ignore = (): void => {};
