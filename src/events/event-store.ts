import { sql } from 'kysely';
import { type Topic, topic } from '../db/memory.js';
import { type Handle, insertion, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { NewEvent, StoredEvent } from './event-types.js';

type EventRow = Omit<StoredEvent, 'seq'>;

const insertEvent = insertion<EventRow>()(
  'events',
  (p) => ({
    type: p('type'),
    at: p('at'),
    module: p('module'),
    conversation_id: p('conversation_id'),
    message_id: p('message_id'),
    delivery_id: p('delivery_id'),
    turn_id: p('turn_id'),
    instance_id: p('instance_id'),
    task_id: p('task_id'),
    sender: p('sender'),
    key_id: p('key_id'),
    data: p('data'),
  }),
  { isOnlyWay: true },
);

const selectAfter = statement<{ after: number; limit: number }>()((db, p) =>
  db.selectFrom('events').selectAll().where('seq', '>', p('after')).orderBy('seq').limit(p('limit')),
);

/** A bounded look: the inner limit is on events of every type. */
const selectNextOf = statement<{ type: string; after: number; among: number }>()((db, p) =>
  db
    .selectFrom((near) =>
      near
        .selectFrom('events')
        .select(['seq', 'type', 'message_id', 'turn_id', 'task_id'])
        .where('seq', '>', p('after'))
        .orderBy('seq')
        .limit(p('among'))
        .as('near'),
    )
    .selectAll()
    .where('type', '=', p('type'))
    .orderBy('seq')
    .limit(1),
);

/** Asked for one by one: for both at once SQLite reads the whole table. */
const selectBounds = statement<object>()((db) =>
  db.selectNoFrom([
    sql<number | null>`(select min(seq) from events)`.as('oldest'),
    sql<number | null>`(select max(seq) from events)`.as('last'),
  ]),
);

const deleteOld = statement<{ before: number; upTo: number; last: number; limit: number }>()((db, p) =>
  db
    .deleteFrom('events')
    .where((where) => where.or([where('at', '<', p('before')), where('seq', '<=', p('upTo'))]))
    .where('seq', 'in', (oldest) =>
      oldest.selectFrom('events').select('seq').where('seq', '<', p('last')).orderBy('seq').limit(p('limit')),
    ),
);

export interface EventBounds {
  /** Numbers of the first and last event that are kept; 0 where there is none. */
  readonly oldestSeq: number;
  readonly lastSeq: number;
}

/** Appends in the caller's transaction; what is appended is published once that is durable. */
export class EventStore {
  /** Events up to this number are appended, here or by another hub. */
  readonly appended: Topic<number>;
  readonly #read: Handle;
  readonly #publish: (event: StoredEvent) => void;

  constructor(read: Handle, publish: (event: StoredEvent) => void, heardOf: (seq: number) => void = () => {}) {
    this.#read = read;
    this.#publish = publish;
    this.appended = topic('events', heardOf);
  }

  async append(tx: Transaction, event: NewEvent): Promise<void> {
    await this.appendAll(tx, [event]);
  }

  /** In their order. */
  async appendAll(tx: Transaction, events: readonly NewEvent[]): Promise<void> {
    const rows = events.map((event) => eventRow(event, tx.keyId));
    const seqs = await tx.insertAll(insertEvent, rows);
    tx.whenDurable(() => {
      for (const [index, row] of rows.entries()) this.#publish({ seq: seqs[index]!, ...row });
    });
    const last = seqs.at(-1);
    if (last !== undefined) tx.tell(this.appended, last);
  }

  /** In order of their numbers, those above `after`. */
  after(after: number, limit: number, read = this.#read): Awaitable<StoredEvent[]> {
    return read.all(selectAfter, { after, limit });
  }

  /** The next event of a type among so many after a number, with what it is the first event of. */
  async nextFirst(type: string, after: number, among: number): Promise<{ seq: number; key: number } | undefined> {
    const row = await this.#read.first(selectNextOf, { type, after, among });
    const key = type.startsWith('message.') ? row?.message_id : type.startsWith('turn.') ? row?.turn_id : row?.task_id;
    return row === undefined || key === null || key === undefined ? undefined : { seq: row.seq, key };
  }

  async bounds(read = this.#read): Promise<EventBounds> {
    const bounds = await read.first(selectBounds, {});
    return { oldestSeq: bounds?.oldest ?? 0, lastSeq: bounds?.last ?? 0 };
  }

  /**
   * Deletes the oldest that are older than an instant, or not among the newest `keep`. The last stays: its number tells where the next
   * one goes on. @returns how many of at most `limit`
   */
  async prune(
    tx: Transaction,
    { before, keep, limit }: { before: number; keep: number; limit: number },
  ): Promise<number> {
    const { lastSeq } = await this.bounds();
    return await tx.run(deleteOld, { before, upTo: lastSeq - keep, last: lastSeq, limit });
  }
}

const eventRow = (event: NewEvent, keyId: string | null): EventRow => ({
  type: event.type,
  at: event.at,
  module: event.module ?? null,
  conversation_id: event.conversationId ?? null,
  message_id: event.messageId ?? null,
  delivery_id: event.deliveryId ?? null,
  turn_id: event.turnId ?? null,
  instance_id: event.instanceId ?? null,
  task_id: event.taskId ?? null,
  sender: event.sender ?? null,
  key_id: event.keyId ?? keyId,
  data: JSON.stringify(event.data),
});
