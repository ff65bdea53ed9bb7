import { statement, type Transaction } from '../db/statement.js';
import type { StreamTicketTable } from '../db/tables.js';

import type { Awaitable } from '../lib/awaitable.js';

const insertTicket = statement<StreamTicketTable>()((db, p) =>
  db.insertInto('stream_tickets').values({ hash: p('hash'), key_id: p('key_id'), expires_at: p('expires_at') }),
);
const takeTicket = statement<{ hash: string; now: number }>()((db, p) =>
  db.deleteFrom('stream_tickets').where('hash', '=', p('hash')).where('expires_at', '>', p('now')).returning('key_id'),
);
const deleteExpired = statement<{ now: number }>()((db, p) =>
  db.deleteFrom('stream_tickets').where('expires_at', '<=', p('now')),
);

export const streamTicketStore = {
  put: (tx: Transaction, row: StreamTicketTable): Awaitable<number> => tx.run(insertTicket, row),
  /** Gone with this; undefined where it is not there or its time is over. */
  take: async (tx: Transaction, hash: string, now: number): Promise<string | undefined> =>
    (await tx.first(takeTicket, { hash, now }))?.key_id,
  removeExpired: (tx: Transaction, now: number): Awaitable<number> => tx.run(deleteExpired, { now }),
};
