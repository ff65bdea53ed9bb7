import type { Selectable } from 'kysely';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { LoginSessionTable } from '../db/tables.js';
import type { Awaitable } from '../lib/awaitable.js';

export type LoginSessionRow = Selectable<LoginSessionTable>;

const insertSession = statement<LoginSessionRow>()((db, p) =>
  db.insertInto('login_sessions').values({
    token_hash: p('token_hash'),
    key_hash: p('key_hash'),
    created_at: p('created_at'),
    expires_at: p('expires_at'),
  }),
);
const selectLive = statement<{ tokenHash: string; now: number }>()((db, p) =>
  db
    .selectFrom('login_sessions')
    .selectAll()
    .where('token_hash', '=', p('tokenHash'))
    .where('expires_at', '>', p('now')),
);
const deleteSession = statement<{ tokenHash: string }>()((db, p) =>
  db.deleteFrom('login_sessions').where('token_hash', '=', p('tokenHash')),
);
const deleteOfKey = statement<{ keyHash: string }>()((db, p) =>
  db.deleteFrom('login_sessions').where('key_hash', '=', p('keyHash')),
);
const deleteOver = statement<{ now: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('login_sessions')
    .where('token_hash', 'in', (over) =>
      over
        .selectFrom('login_sessions')
        .select('token_hash')
        .where('expires_at', '<=', p('now'))
        .orderBy('expires_at')
        .limit(p('limit')),
    ),
);

export const loginSessionStore = {
  insert: (tx: Transaction, row: LoginSessionRow): Awaitable<number> => tx.run(insertSession, row),
  live: (handle: Handle, tokenHash: string, now: number): Awaitable<LoginSessionRow | undefined> =>
    handle.first(selectLive, { tokenHash, now }),
  remove: (tx: Transaction, tokenHash: string): Awaitable<number> => tx.run(deleteSession, { tokenHash }),
  removeOfKey: (tx: Transaction, keyHash: string): Awaitable<number> => tx.run(deleteOfKey, { keyHash }),
  removeOver: (tx: Transaction, now: number, limit: number): Awaitable<number> => tx.run(deleteOver, { now, limit }),
};
