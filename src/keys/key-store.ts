import type { Selectable } from 'kysely';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { KeyTable } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

export type KeyRow = Selectable<KeyTable>;

const insertKey = statement<Omit<KeyRow, 'id'>>()((db, p) =>
  db.insertInto('keys').values({
    hash: p('hash'),
    scope: p('scope'),
    module: p('module'),
    label: p('label'),
    created_at: p('created_at'),
  }),
);
const selectAll = statement<object>()((db) => db.selectFrom('keys').selectAll().orderBy('id'));
const deleteKey = statement<{ id: number }>()((db, p) => db.deleteFrom('keys').where('id', '=', p('id')));
const deleteOfModule = statement<{ module: string }>()((db, p) =>
  db.deleteFrom('keys').where('module', '=', p('module')),
);

export const keyStore = {
  insert: (tx: Transaction, row: Omit<KeyRow, 'id'>): Awaitable<number> => tx.insert(insertKey, row),
  all: (handle: Handle): Awaitable<KeyRow[]> => handle.all(selectAll, {}),
  remove: (tx: Transaction, id: number): Awaitable<number> => tx.run(deleteKey, { id }),
  removeOfModule: (tx: Transaction, module: string): Awaitable<number> => tx.run(deleteOfModule, { module }),
};
