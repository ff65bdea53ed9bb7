import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';

export interface ChannelRow {
  name: string;
  descriptor: string;
  created_at: number;
}

export interface SubscriptionRow {
  channel: string;
  module: string;
  created_at: number;
}

const insertChannel = statement<ChannelRow>()((db, p) =>
  db
    .insertInto('channels')
    .values({ name: p('name'), descriptor: p('descriptor'), created_at: p('created_at') })
    .onConflict((conflict) => conflict.doNothing()),
);
const putChannel = statement<ChannelRow>()((db, p) =>
  db
    .insertInto('channels')
    .values({ name: p('name'), descriptor: p('descriptor'), created_at: p('created_at') })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ descriptor: p('descriptor') })),
);
const insertSubscription = statement<SubscriptionRow>()((db, p) =>
  db
    .insertInto('subscriptions')
    .values({ channel: p('channel'), module: p('module'), created_at: p('created_at') })
    .onConflict((conflict) => conflict.doNothing()),
);
const deleteSubscription = statement<{ channel: string; module: string }>()((db, p) =>
  db.deleteFrom('subscriptions').where('channel', '=', p('channel')).where('module', '=', p('module')),
);
const deleteOfModule = statement<{ module: string }>()((db, p) =>
  db.deleteFrom('subscriptions').where('module', '=', p('module')),
);
const selectChannels = statement<object>()((db) => db.selectFrom('channels').selectAll().orderBy('name'));
const selectSubscriptions = statement<object>()((db) =>
  db.selectFrom('subscriptions').selectAll().orderBy('created_at'),
);
const selectSubscribers = statement<{ channel: string }>()((db, p) =>
  db.selectFrom('subscriptions').select('module').where('channel', '=', p('channel')),
);

export const channelStore = {
  /** Does nothing where the channel is there. */
  ensure: (tx: Transaction, name: string, now: number): Awaitable<number> =>
    tx.run(insertChannel, { name, descriptor: '{}', created_at: now }),
  put: (tx: Transaction, row: ChannelRow): Awaitable<number> => tx.run(putChannel, row),
  /** 1 where the subscription is new, else 0. */
  subscribe: (tx: Transaction, row: SubscriptionRow): Awaitable<number> => tx.run(insertSubscription, row),
  unsubscribe: (tx: Transaction, channel: string, module: string): Awaitable<number> =>
    tx.run(deleteSubscription, { channel, module }),
  unsubscribeAll: (tx: Transaction, module: string): Awaitable<number> => tx.run(deleteOfModule, { module }),
  subscribers: (handle: Handle, channel: string): Awaitable<{ module: string }[]> =>
    handle.all(selectSubscribers, { channel }),
  channels: (handle: Handle): Awaitable<ChannelRow[]> => handle.all(selectChannels, {}),
  subscriptions: (handle: Handle): Awaitable<SubscriptionRow[]> => handle.all(selectSubscriptions, {}),
};
