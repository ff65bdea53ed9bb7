import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { ModuleTable } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

export type ModuleRow = ModuleTable;

const selectAll = statement<object>()((db) => db.selectFrom('modules').selectAll().orderBy('name'));

const selectOne = statement<{ name: string }>()((db, p) =>
  db.selectFrom('modules').selectAll().where('name', '=', p('name')),
);

const upsert = statement<ModuleRow>()((db, p) =>
  db
    .insertInto('modules')
    .values({
      name: p('name'),
      descriptor: p('descriptor'),
      revision: p('revision'),
      source: p('source'),
      created_at: p('created_at'),
      updated_at: p('updated_at'),
      heartbeat_at: p('heartbeat_at'),
      heartbeat: p('heartbeat'),
    })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((excluded) => ({
        descriptor: excluded.ref('excluded.descriptor'),
        revision: excluded.ref('excluded.revision'),
        source: excluded.ref('excluded.source'),
        updated_at: excluded.ref('excluded.updated_at'),
        heartbeat_at: excluded.ref('excluded.heartbeat_at'),
        heartbeat: excluded.ref('excluded.heartbeat'),
      })),
    ),
);

const remove = statement<{ name: string }>()((db, p) => db.deleteFrom('modules').where('name', '=', p('name')));

export const moduleStore = {
  all: (handle: Handle): Awaitable<ModuleRow[]> => handle.all(selectAll, {}),
  find: (handle: Handle, name: string): Awaitable<ModuleRow | undefined> => handle.first(selectOne, { name }),
  put: (tx: Transaction, row: ModuleRow): Awaitable<number> => tx.run(upsert, row),
  remove: (tx: Transaction, name: string): Awaitable<number> => tx.run(remove, { name }),
};
