import type { Kysely, Migration } from 'kysely';
import { strict } from '../db/columns.js';

/** Events name who caused them and who sent what they are about; streams are opened with tickets where no header can be set. */
export const liveEvents: Migration = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await db.schema.alterTable('events').addColumn('sender', 'text').execute();
    await db.schema.alterTable('events').addColumn('task_id', 'integer').execute();
    await db.schema.alterTable('events').addColumn('key_id', 'text').execute();
    await strict(
      db.schema
        .createTable('stream_tickets')
        .addColumn('hash', 'text', (c) => c.primaryKey().notNull())
        .addColumn('key_id', 'text', (c) => c.notNull())
        .addColumn('expires_at', 'integer', (c) => c.notNull()),
    ).execute();
  },
};
