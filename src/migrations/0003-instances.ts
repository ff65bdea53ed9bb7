import { type Kysely, sql } from 'kysely';
import { strict } from '../db/columns.js';

/** Instances have names and a lane, the credential that they use; a session lives in the folder of the lane that it was begun in. */
export const instancesInFull = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await db.schema.alterTable('instances').addColumn('name', 'text').execute();
    await db.schema.alterTable('instances').addColumn('lane', 'text').execute();
    await sql`create index instances_live on instances (id) where state not in ('stopped', 'crashed')`.execute(db);
    await db.schema.alterTable('agent_sessions').addColumn('lane', 'text').execute();
    await strict(
      db.schema
        .createTable('lanes')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('paused_until', 'integer')
        .addColumn('reason', 'text')
        .addColumn('failures', 'integer', (c) => c.notNull()),
    ).execute();
  },
};
