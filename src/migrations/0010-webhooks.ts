import { type Kysely, sql } from 'kysely';
import { integerKey, oneOf, strict } from '../db/columns.js';

/** Who is told of events, how far each was, and what came of telling them. */
export const webhooks = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await strict(
      db.schema
        .createTable('webhooks')
        .addColumn('id', 'integer', integerKey)
        .addColumn('url', 'text', (c) => c.notNull())
        .addColumn('description', 'text')
        .addColumn('filter', 'text', (c) => c.notNull())
        .addColumn('secret', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull().check(oneOf('state', ['active', 'paused'])))
        .addColumn('reason', 'text')
        .addColumn('cursor', 'integer', (c) => c.notNull())
        .addColumn('batch_to', 'integer')
        .addColumn('failures', 'integer', (c) => c.notNull())
        .addColumn('reset_to', 'integer')
        .addColumn('created_by', 'text')
        .addColumn('created_at', 'integer', (c) => c.notNull())
        .addColumn('changed_at', 'integer', (c) => c.notNull())
        .addCheckConstraint('who_is_paused_knows_why', sql`(state = 'paused') = (reason is not null)`),
    ).execute();
    await strict(
      db.schema
        .createTable('webhook_deliveries')
        .addColumn('id', 'integer', integerKey)
        .addColumn('webhook_id', 'integer', (c) => c.notNull())
        .addColumn('at', 'integer', (c) => c.notNull())
        .addColumn('outcome', 'text', (c) => c.notNull().check(oneOf('outcome', ['delivered', 'failed', 'missed'])))
        .addColumn('first_seq', 'integer', (c) => c.notNull())
        .addColumn('last_seq', 'integer', (c) => c.notNull())
        .addColumn('events', 'integer', (c) => c.notNull())
        .addColumn('attempt', 'integer', (c) => c.notNull())
        .addColumn('took_ms', 'integer')
        .addColumn('status', 'integer')
        .addColumn('error', 'text'),
    ).execute();
    await sql`create index webhook_deliveries_of on webhook_deliveries (webhook_id, id)`.execute(db);
  },
};
