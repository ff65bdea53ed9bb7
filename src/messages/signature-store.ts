import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

interface SecretRow {
  readonly module: string;
  readonly secret: string;
  readonly created_at: number;
}

const putSecret = statement<SecretRow>()((db, p) =>
  db
    .insertInto('signing_secrets')
    .values({ module: p('module'), secret: p('secret'), created_at: p('created_at') })
    .onConflict((conflict) =>
      conflict.column('module').doUpdateSet({ secret: p('secret'), created_at: p('created_at') }),
    ),
);
const deleteSecret = statement<{ module: string }>()((db, p) =>
  db.deleteFrom('signing_secrets').where('module', '=', p('module')),
);
const selectSecrets = statement<object>()((db) => db.selectFrom('signing_secrets').selectAll());

export const signatureStore = {
  put: (tx: Transaction, row: SecretRow): Awaitable<number> => tx.run(putSecret, row),
  remove: (tx: Transaction, module: string): Awaitable<number> => tx.run(deleteSecret, { module }),
  all: (handle: Handle): Awaitable<SecretRow[]> => handle.all(selectSecrets, {}),
};
