import { sql } from 'kysely';
import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { WebhookRow } from '../db/webhook-tables.js';
import type { Awaitable } from '../lib/awaitable.js';

export type NewWebhookRow = Pick<
  WebhookRow,
  'url' | 'description' | 'filter' | 'secret' | 'cursor' | 'created_by' | 'created_at'
>;

const insertWebhook = statement<NewWebhookRow>()((db, p) =>
  db.insertInto('webhooks').values({
    url: p('url'),
    description: p('description'),
    filter: p('filter'),
    secret: p('secret'),
    state: sql.lit('active'),
    cursor: p('cursor'),
    failures: sql.lit(0),
    created_by: p('created_by'),
    created_at: p('created_at'),
    changed_at: p('created_at'),
  }),
);
const selectOne = statement<{ id: number }>()((db, p) =>
  db.selectFrom('webhooks').selectAll().where('id', '=', p('id')),
);
const selectAll = statement<object>()((db) => db.selectFrom('webhooks').selectAll().orderBy('id'));
const deleteOne = statement<{ id: number }>()((db, p) => db.deleteFrom('webhooks').where('id', '=', p('id')));

interface Pause {
  readonly id: number;
  readonly reason: string;
  readonly now: number;
}
const pauseActive = statement<Pause>()((db, p) =>
  db
    .updateTable('webhooks')
    .set({ state: sql.lit('paused'), reason: p('reason'), changed_at: p('now') })
    .where('id', '=', p('id'))
    .where('state', '=', 'active'),
);
const resumePaused = statement<{ id: number; now: number }>()((db, p) =>
  db
    .updateTable('webhooks')
    .set({ state: sql.lit('active'), reason: null, failures: sql.lit(0), changed_at: p('now') })
    .where('id', '=', p('id'))
    .where('state', '=', 'paused'),
);

/** How far a webhook is, as its follower leaves it; `before`: where the follower took it up. */
export type Place = Pick<WebhookRow, 'id' | 'cursor' | 'batch_to' | 'failures' | 'reset_to'> & {
  readonly before: number;
};

/** Only one hub moves a webhook on: whoever comes second finds it elsewhere. */
const moveOn = statement<Place>()((db, p) =>
  db
    .updateTable('webhooks')
    .set({ cursor: p('cursor'), batch_to: p('batch_to'), failures: p('failures'), reset_to: p('reset_to') })
    .where('id', '=', p('id'))
    .where('cursor', '=', p('before'))
    .where('state', '=', 'active'),
);

/** Who is told of events, and how far each is. */
export const webhookStore = {
  insert: (tx: Transaction, row: NewWebhookRow): Awaitable<number> => tx.insert(insertWebhook, row),
  find: (handle: Handle, id: number): Awaitable<WebhookRow | undefined> => handle.first(selectOne, { id }),
  all: (handle: Handle): Awaitable<WebhookRow[]> => handle.all(selectAll, {}),
  remove: (tx: Transaction, id: number): Awaitable<number> => tx.run(deleteOne, { id }),
  /** 0 where it is not active. */
  pause: (tx: Transaction, pause: Pause): Awaitable<number> => tx.run(pauseActive, pause),
  /** 0 where it is not paused. */
  resume: (tx: Transaction, id: number, now: number): Awaitable<number> => tx.run(resumePaused, { id, now }),
  /** 0 where another hub has moved it on, or it is not active any more. */
  moveOn: (tx: Transaction, place: Place): Awaitable<number> => tx.run(moveOn, place),
};
