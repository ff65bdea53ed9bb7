import { type Kysely, sql } from 'kysely';
import { integerKey, oneOf, strict } from '../db/columns.js';

/** The hubs of a database, and what each must know of the commits of the others. */
export const nodes = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await strict(
      db.schema
        .createTable('commits')
        .addColumn('id', 'integer', integerKey)
        .addColumn('origin', 'text', (c) => c.notNull())
        .addColumn('at', 'integer', (c) => c.notNull())
        .addColumn('notices', 'text', (c) => c.notNull()),
    ).execute();
    await strict(
      db.schema
        .createTable('nodes')
        .addColumn('id', 'integer', integerKey)
        .addColumn('name', 'text', (c) => c.notNull().unique())
        .addColumn('url', 'text')
        .addColumn('pid', 'integer')
        .addColumn('version', 'text')
        .addColumn('admin_key_hash', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull().check(oneOf('state', ['live', 'stopped', 'lost'])))
        .addColumn('started_at', 'integer', (c) => c.notNull())
        .addColumn('beat_at', 'integer', (c) => c.notNull()),
    ).execute();
    await strict(
      db.schema
        .createTable('duties')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('node_id', 'integer', (c) => c.notNull())
        .addColumn('until', 'integer', (c) => c.notNull()),
    ).execute();
    for (const table of ['instances', 'turns', 'agent_sessions'])
      await db.schema.alterTable(table).addColumn('node_id', 'integer').execute();
    await sql`create index instances_of_conversation on instances (conversation_id, module) where state not in ('stopped', 'crashed')`.execute(
      db,
    );
  },
};
