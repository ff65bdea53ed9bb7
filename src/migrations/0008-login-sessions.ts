import { type Kysely, sql } from 'kysely';
import { strict } from '../db/columns.js';

/** Who is logged in with a browser. `key_hash` is that of the key; the admin key of the settings has no row in `keys`. */
export const loginSessions = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await strict(
      db.schema
        .createTable('login_sessions')
        .addColumn('token_hash', 'text', (c) => c.primaryKey())
        .addColumn('key_hash', 'text', (c) => c.notNull())
        .addColumn('created_at', 'integer', (c) => c.notNull())
        .addColumn('expires_at', 'integer', (c) => c.notNull()),
    ).execute();
    await sql`create index login_sessions_of_key on login_sessions (key_hash)`.execute(db);
    await sql`create index login_sessions_end on login_sessions (expires_at)`.execute(db);
  },
};
