import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStore } from '../../src/events/event-store.js';
import { channelHistoryStore } from '../../src/messages/channel-history-store.js';
import { deadLetterStore } from '../../src/messages/dead-letter-store.js';
import { deliveryStore } from '../../src/messages/delivery-store.js';
import { fairRankStore } from '../../src/messages/fair-rank-store.js';
import { idempotencyStore } from '../../src/messages/idempotency-store.js';
import { messageStore } from '../../src/messages/message-store.js';
import { queueStore } from '../../src/messages/queue-store.js';
import { retentionStore } from '../../src/messages/retention-store.js';
import { timedDeliveryStore } from '../../src/messages/timed-delivery-store.js';
import { connectBeside, openTestDatabase } from '../support/test-database.js';
import { ExplainingHandle } from './explaining-handle.js';

// A statement that reads a whole table is fast in every test and slow in a hub that has run for a week.

type Ask = (handle: ExplainingHandle) => unknown;

const now = 1000;
const limit = 10;
const ofQueue = { queue: 'Worker', types: undefined, now, limit };
const lease = 'the-lease';
const page = { channel: 'news', above: 1, below: 9, limit };
const sender = { queue: 'Worker', priority: 5, sender: 'Producer' };

const byKey = (table: string): string => `SEARCH ${table} USING INTEGER PRIMARY KEY (rowid=?)`;
const by = (index: string): string => `SEARCH ${index.split('_')[0]} USING INDEX ${index}`;
const through = (index: string): string => `SCAN ${index.split('_')[0]} USING INDEX ${index}`;

const events = (db: ExplainingHandle) => new EventStore(db, () => {});
const ends = ['SEARCH events', 'SEARCH events'];

/** What each statement reads its tables by. `SCAN` goes through a partial index: of what is delayed, leased, or dead, and nothing else. */
const plans: Readonly<Record<string, readonly [Ask, readonly string[]]>> = {
  claim: [(db) => deliveryStore.due(db, ofQueue), [by('deliveries_ready (queue=?)'), byKey('messages')]],
  'claim of some types': [
    (db) => deliveryStore.due(db, { ...ofQueue, types: ['task'] }),
    [by('deliveries_ready (queue=?)'), byKey('messages')],
  ],
  lease: [
    (db) => deliveryStore.lease(db, [1, 2], { module: 'Worker', lease, now, until: now + 1 }),
    [byKey('deliveries')],
  ],
  complete: [(db) => deliveryStore.complete(db, [1], lease, now), [byKey('deliveries')]],
  'head of an ordering key': [
    (db) => deliveryStore.headOfKey(db, 'Worker', 'order-1'),
    [by('deliveries_keyed (queue=? AND ordering_key=?)')],
  ],
  'deliveries of a message': [(db) => deliveryStore.ofMessage(db, 1), [by('deliveries_of_message (message_id=?)')]],
  'open deliveries of a module': [
    (db) => deliveryStore.openOfModule(db, 'Worker'),
    [
      by('deliveries_ready (queue=?)'),
      through('deliveries_delayed'),
      by('deliveries_keyed (queue=? AND ordering_key>?)'),
      through('deliveries_leased'),
    ],
  ],
  'how many are open': [
    (db) => queueStore.counts(db),
    [
      through('deliveries_ready'),
      through('deliveries_delayed'),
      through('deliveries_keyed'),
      through('deliveries_leased'),
      through('deliveries_dead'),
    ],
  ],
  'the oldest of a queue': [
    (db) => queueStore.oldestPendingAt(db, 'Worker'),
    [byKey('messages'), by('deliveries_ready (queue=? AND priority=?)')],
  ],
  'leases that are over': [
    (db) => timedDeliveryStore.leasesOver(db, now, limit),
    [by('deliveries_leased (lease_expires_at<?)')],
  ],
  'what has expired': [
    (db) => timedDeliveryStore.expired(db, now, limit),
    [by('deliveries_expiring (expires_at>? AND expires_at<?)')],
  ],
  'what was delayed': [(db) => timedDeliveryStore.promoteDelayed(db, now), [by('deliveries_delayed (available_at<?)')]],
  'the next that is delayed': [(db) => timedDeliveryStore.nextDelayed(db), [through('deliveries_delayed')]],
  'what has aged': [
    (db) => timedDeliveryStore.aged(db, { queue: 'Worker', priority: 5, before: now, limit }),
    [byKey('deliveries'), by('deliveries_ready (queue=? AND priority=?)'), byKey('messages')],
  ],
  'what becomes older': [(db) => timedDeliveryStore.raise(db, { id: 1, rank: 0, now }), [byKey('deliveries')]],
  'turns of a sender': [
    (db) => fairRankStore.ranks(db, sender),
    ['SEARCH fair_ranks USING INDEX sqlite_autoindex_fair_ranks_1 (queue=? AND priority=? AND sender=?)'],
  ],
  'ranks in a queue that is fair no longer': [
    (db) => fairRankStore.level(db, 'Worker', limit),
    Array(10)
      .fill([byKey('deliveries'), by('deliveries_ready (queue=? AND priority=? AND rank>?)')])
      .flat(),
  ],
  'a message': [(db) => messageStore.find(db, 1), [byKey('messages')]],
  'the reply to a message': [(db) => messageStore.reply(db, 1), [by('messages_reply_to (reply_to=?)')]],
  'messages of a conversation': [
    (db) => messageStore.list(db, { conversationId: 'conv_1' }, limit),
    [by('messages_conversation_id (conversation_id=?)')],
  ],
  'messages of a correlation': [
    (db) => messageStore.list(db, { correlationId: 'order-1', below: 9 }, limit),
    [by('messages_correlation_id (correlation_id=? AND id<?)')],
  ],
  'history of a channel': [
    (db) => channelHistoryStore.page(db, page),
    [by('messages_channel (channel=? AND id>? AND id<?)')],
  ],
  'the end of a channel': [(db) => channelHistoryStore.last(db, 'news'), [by('messages_channel (channel=?)')]],
  'how a broadcast stands': [
    (db) => channelHistoryStore.standing(db, 1, 'Worker'),
    [by('deliveries_of_message (message_id=?)')],
  ],
  'attempts of a delivery': [(db) => deadLetterStore.attempts(db, 1), [by('attempts_of_delivery (delivery_id=?)')]],
  'dead letters': [(db) => deadLetterStore.dead(db, {}, 9, limit), [by('deliveries_dead (id<?)')]],
  'an idempotency key': [
    (db) => idempotencyStore.find(db, { owner: 'admin', key: 'order-1', since: now }),
    ['SEARCH idempotency USING INDEX sqlite_autoindex_idempotency_1 (owner=? AND key=?)'],
  ],
  'idempotency keys that are old': [
    (db) => idempotencyStore.removeOld(db, now, limit),
    [byKey('idempotency'), by('idempotency_age (created_at<?)')],
  ],
  'the first message that is kept': [
    (db) => retentionStore.next(db, 0),
    ['SEARCH messages USING INTEGER PRIMARY KEY (rowid>?)', 'SEARCH messages'],
  ],
  'messages that are over': [
    (db) => retentionStore.over(db, { from: 1, upTo: 9, before: now, tooManyUpTo: 0, limit }),
    ['SEARCH messages USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)', by('deliveries_of_message (message_id=?)')],
  ],
  'a message that is deleted': [
    (db) => retentionStore.remove(db, 1),
    [
      by('attempts_of_delivery (delivery_id=?)'),
      by('deliveries_of_message (message_id=?)'),
      by('deliveries_of_message (message_id=?)'),
      byKey('messages'),
    ],
  ],
  'the first and the last event': [(db) => events(db).bounds(), ends],
  'the next first event of a type': [
    (db) => events(db).nextFirst('message.sent', 1, limit),
    ['SEARCH events USING INTEGER PRIMARY KEY (rowid>?)'],
  ],
  'events that are old': [
    (db) => events(db).prune(db, { before: now, keep: 1, limit }),
    [...ends, byKey('events'), 'SEARCH events USING INTEGER PRIMARY KEY (rowid<?)'],
  ],
};

/** Read in the order of their index, and not sorted again. */
const inOrder = new Set(['claim', 'head of an ordering key', 'leases that are over', 'what has expired']);

const isRead = /^(SEARCH|SCAN) (deliveries|messages|events|attempts|idempotency|fair_ranks)\b/;

test('the statements that a hub lives by find their rows by an index', async (t) => {
  const { folder } = await openTestDatabase(t);
  const connection = connectBeside(t, folder);
  for (const [what, [ask, expected]] of Object.entries(plans)) {
    await t.test(what, async () => {
      const handle = new ExplainingHandle(connection);
      await ask(handle);
      const reads = handle.plan.filter((line) => isRead.test(line)).map((line) => line.replace('COVERING ', ''));
      assert.deepEqual(reads, expected);
      if (inOrder.has(what)) assert.ok(!handle.plan.some((line) => line.includes('TEMP B-TREE')));
    });
  }
});
