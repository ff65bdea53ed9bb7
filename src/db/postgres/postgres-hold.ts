import pg from 'pg';
import { errorMessage } from '../../lib/errors.js';
import { DatabaseRefused } from './postgres-problem.js';

const OLDEST_VERSION = 140_000;
/** "granger" in ASCII. */
const HUB_LOCK = '29113321772053874';
const TAKE_AGAIN_MS = 500;

/**
 * The right to be the hub of a database: a lock of the session of one connection, so it is free as soon as that ends, however it ends.
 * A connection that breaks is made again; meanwhile nothing may be written, for another hub may have come.
 */
export class DatabaseHold {
  readonly #options: pg.ClientConfig;
  #client: pg.Client | undefined;
  #isReleased = false;
  #again: NodeJS.Timeout | undefined;

  constructor(options: pg.ClientConfig) {
    this.#options = options;
  }

  get isHeld(): boolean {
    return this.#client !== undefined;
  }

  /** @throws DatabaseRefused */
  async take(): Promise<void> {
    const client = new pg.Client(this.#options);
    client.on('error', () => {}); // 'end' follows
    client.on('end', () => this.#lost(client));
    try {
      await client.connect();
      const { rows } = await client.query(
        'select current_setting($1)::int as version, pg_try_advisory_lock($2) as mine',
        ['server_version_num', HUB_LOCK],
      );
      const { version, mine } = rows[0] as { version: number; mine: boolean };
      if (version < OLDEST_VERSION)
        throw new Error(`it is version ${Math.floor(version / 10_000)}, and 14 is the oldest that the hub knows`);
      if (!mine) throw new Error('another hub is running on it');
      this.#client = client;
    } catch (error) {
      await client.end().catch(() => {});
      throw new DatabaseRefused(`The database of GRANGER_DATABASE_URL cannot be used: ${errorMessage(error)}.`);
    }
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    clearTimeout(this.#again);
    await this.#client?.end();
  }

  #lost(client: pg.Client): void {
    if (client !== this.#client || this.#isReleased) return;
    this.#client = undefined;
    this.#takeAgain();
  }

  #takeAgain(): void {
    this.#again = setTimeout(() => {
      this.take().catch(() => {
        if (!this.#isReleased) this.#takeAgain();
      });
    }, TAKE_AGAIN_MS);
  }
}
