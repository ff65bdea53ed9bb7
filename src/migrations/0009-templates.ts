import type { Kysely } from 'kysely';
import { integerKey, strict } from '../db/columns.js';

export const templates = {
  up: async (db: Kysely<unknown>): Promise<void> => {
    await strict(
      db.schema
        .createTable('templates')
        .addColumn('id', 'integer', integerKey)
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('revision', 'integer', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .addColumn('created_at', 'integer', (c) => c.notNull())
        .addUniqueConstraint('one_template_a_revision', ['name', 'revision']),
    ).execute();
  },
};
