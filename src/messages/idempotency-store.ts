import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { IdempotencyTable } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

const putKey = statement<IdempotencyTable>()((db, p) =>
  db
    .insertInto('idempotency')
    .values({
      owner: p('owner'),
      key: p('key'),
      body_hash: p('body_hash'),
      answer: p('answer'),
      message_id: p('message_id'),
      created_at: p('created_at'),
    })
    .onConflict((conflict) =>
      conflict.columns(['owner', 'key']).doUpdateSet({
        body_hash: p('body_hash'),
        answer: p('answer'),
        message_id: p('message_id'),
        created_at: p('created_at'),
      }),
    ),
);
const selectKey = statement<{ owner: string; key: string; since: number }>()((db, p) =>
  db
    .selectFrom('idempotency')
    .selectAll()
    .where('owner', '=', p('owner'))
    .where('key', '=', p('key'))
    .where('created_at', '>', p('since')),
);
const deleteOld = statement<{ before: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('idempotency')
    .where('id', 'in', (old) =>
      old
        .selectFrom('idempotency')
        .select('id')
        .where('created_at', '<=', p('before'))
        .orderBy('created_at')
        .limit(p('limit')),
    ),
);

export const idempotencyStore = {
  /** In the place of one that is too old to be found. */
  put: (tx: Transaction, row: IdempotencyTable): Awaitable<number> => tx.run(putKey, row),
  find: (
    handle: Handle,
    wanted: { readonly owner: string; readonly key: string; readonly since: number },
  ): Awaitable<IdempotencyTable | undefined> => handle.first(selectKey, wanted),
  removeOld: (tx: Transaction, before: number, limit: number): Awaitable<number> =>
    tx.run(deleteOld, { before, limit }),
};
