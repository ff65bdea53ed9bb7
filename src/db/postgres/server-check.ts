import pg from 'pg';
import { errorMessage } from '../../lib/errors.js';
import { DatabaseRefused } from './postgres-problem.js';

const OLDEST_VERSION = 140_000;

/** @throws DatabaseRefused where the server cannot be reached, or is too old */
export const checkServer = async (options: pg.ClientConfig): Promise<void> => {
  const client = new pg.Client(options);
  client.on('error', () => {}); // the query that is under way tells
  try {
    await client.connect();
    const { rows } = await client.query(`select current_setting('server_version_num')::int as version`);
    const { version } = rows[0] as { version: number };
    if (version < OLDEST_VERSION)
      throw new Error(`it is version ${Math.floor(version / 10_000)}, and 14 is the oldest that the hub knows`);
  } catch (error) {
    throw new DatabaseRefused(`The database of GRANGER_DATABASE_URL cannot be used: ${errorMessage(error)}.`);
  } finally {
    await client.end().catch(() => {});
  }
};
