import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { WebhookDeliveryRow } from '../db/webhook-tables.js';
import type { Awaitable } from '../lib/awaitable.js';

export type NewDeliveryRow = Omit<WebhookDeliveryRow, 'id'>;

const insertDelivery = statement<NewDeliveryRow>()((db, p) =>
  db.insertInto('webhook_deliveries').values({
    webhook_id: p('webhook_id'),
    at: p('at'),
    outcome: p('outcome'),
    first_seq: p('first_seq'),
    last_seq: p('last_seq'),
    events: p('events'),
    attempt: p('attempt'),
    took_ms: p('took_ms'),
    status: p('status'),
    error: p('error'),
  }),
);
const selectBelow = statement<{ webhook: number; below: number; limit: number }>()((db, p) =>
  db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('webhook_id', '=', p('webhook'))
    .where('id', '<', p('below'))
    .orderBy('id', 'desc')
    .limit(p('limit')),
);
const selectNth = statement<{ webhook: number; n: number }>()((db, p) =>
  db
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('webhook_id', '=', p('webhook'))
    .orderBy('id', 'desc')
    .limit(1)
    .offset(p('n')),
);
const deleteThrough = statement<{ webhook: number; through: number; before: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('webhook_deliveries')
    .where((where) => where.or([where('id', '<=', p('through')), where('at', '<', p('before'))]))
    .where('id', 'in', (oldest) =>
      oldest
        .selectFrom('webhook_deliveries')
        .select('id')
        .where('webhook_id', '=', p('webhook'))
        .orderBy('id')
        .limit(p('limit')),
    ),
);
const deleteOf = statement<{ webhook: number }>()((db, p) =>
  db.deleteFrom('webhook_deliveries').where('webhook_id', '=', p('webhook')),
);

/** What came of each post to a webhook. */
export const webhookDeliveryStore = {
  insert: (tx: Transaction, row: NewDeliveryRow): Awaitable<number> => tx.insert(insertDelivery, row),
  /** Newest first, those below a key. */
  list: (handle: Handle, webhook: number, below: number, limit: number): Awaitable<WebhookDeliveryRow[]> =>
    handle.all(selectBelow, { webhook, below, limit }),
  /** Those older than an instant, or not among the newest `keep` of the webhook. @returns how many of at most `limit` */
  prune: async (
    tx: Transaction,
    webhook: number,
    { before, keep, limit }: { before: number; keep: number; limit: number },
  ): Promise<number> => {
    const through = (await tx.first(selectNth, { webhook, n: keep }))?.id ?? 0;
    return await tx.run(deleteThrough, { webhook, through, before, limit });
  },
  removeOf: (tx: Transaction, webhook: number): Awaitable<number> => tx.run(deleteOf, { webhook }),
};
