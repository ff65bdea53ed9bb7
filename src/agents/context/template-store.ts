import { sql } from 'kysely';
import type { TemplateTable } from '../../db/conversation-tables.js';
import { type Handle, statement, type Transaction } from '../../db/statement.js';
import type { Awaitable } from '../../lib/awaitable.js';

export type TemplateRow = TemplateTable & { readonly id: number };
type NewTemplateRow = Omit<TemplateTable, 'id'>;

const insertTemplate = statement<NewTemplateRow>()((db, p) =>
  db.insertInto('templates').values({
    name: p('name'),
    revision: p('revision'),
    body: p('body'),
    created_at: p('created_at'),
  }),
);
const selectLatest = statement<{ name: string }>()((db, p) =>
  db.selectFrom('templates').selectAll().where('name', '=', p('name')).orderBy('revision', 'desc').limit(1),
);
const selectRevision = statement<{ name: string; revision: number }>()((db, p) =>
  db.selectFrom('templates').selectAll().where('name', '=', p('name')).where('revision', '=', p('revision')),
);
const selectAllLatest = statement<object>()((db) =>
  db
    .selectFrom('templates')
    .selectAll()
    .where(
      sql<boolean>`revision = (select max(other.revision) from templates as other where other.name = templates.name)`,
    )
    .orderBy('name'),
);
const deleteAll = statement<{ name: string }>()((db, p) => db.deleteFrom('templates').where('name', '=', p('name')));

/** Every revision is kept, so that what extends `name@3` stays what it is. */
export const templateStore = {
  insert: (tx: Transaction, row: NewTemplateRow): Awaitable<number> => tx.insert(insertTemplate, row),
  latest: (handle: Handle, name: string) => handle.first(selectLatest, { name }),
  revision: (handle: Handle, name: string, revision: number) => handle.first(selectRevision, { name, revision }),
  all: (handle: Handle) => handle.all(selectAllLatest, {}),
  remove: (tx: Transaction, name: string): Awaitable<number> => tx.run(deleteAll, { name }),
};
