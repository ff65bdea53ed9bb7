import type { Transaction } from '../db/statement.js';
import type { MessageRow } from '../db/tables.js';
import type { EventStore } from '../events/event-store.js';
import type { NewEvent } from '../events/event-types.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { ClaimWaiters } from './claim-waiters.js';
import type { DelayedDeliveries } from './delayed-deliveries.js';
import { deliveryStore, type NewDeliveryRow } from './delivery-store.js';
import type { FairOrder } from './fair-order.js';
import { followedDeliveryStore } from './followed-delivery-store.js';
import { HOLD_REPLY_MS, newHold } from './held-reply.js';
import type { SentDelivery } from './message-json.js';
import { messageStore, type NewMessageRow } from './message-store.js';
import type { MessageTracing, TracedSend } from './message-tracing.js';
import type { MessageTracking } from './message-tracking.js';
import { arrivalMoves, type QueueDepths } from './queue-depths.js';
import type { Recipient } from './recipients.js';
import type { ReplyWaiters } from './reply-waiters.js';

export interface Sent {
  readonly message: MessageRow;
  readonly deliveries: readonly SentDelivery[];
  /** Follows them. */
  taskId?: number;
}

/** What conversations keep of their messages, which this folder cannot see. */
export type RecordMessages = (tx: Transaction, messages: readonly MessageRow[]) => Awaitable<void>;

export interface MessageWriterParts {
  readonly events: EventStore;
  readonly depths: QueueDepths;
  readonly claimWaiters: ClaimWaiters;
  readonly replyWaiters: ReplyWaiters;
  readonly delayed: DelayedDeliveries;
  readonly fair: FairOrder;
  readonly recordMessages: RecordMessages;
  readonly tracing: MessageTracing | undefined;
  readonly tracking: Pick<MessageTracking, 'isFollowed' | 'begin'>;
}

/** A message that is decided, and whom it goes to. */
export interface Outgoing {
  readonly row: NewMessageRow;
  readonly recipients: readonly Recipient[];
  /** Not before this instant. */
  readonly availableAt: number;
  /** An open request of this hub waits for the reply until then. */
  readonly awaitedUntil?: number | undefined;
  /** Whose request it is, where that is not the whole transaction's. */
  readonly keyId?: string | null;
  readonly isTracked?: boolean;
}

/** A message whose deliveries are being written. */
interface Written extends Sent {
  readonly deliveries: SentDelivery[];
}

/** A delivery that has its place in line and no row yet. */
interface Arriving {
  readonly row: NewDeliveryRow;
  /** Where its sender is told of it. */
  readonly told: SentDelivery[];
}

/** Puts messages with their deliveries and events into the caller's transaction, and wakes who waits once that is durable. */
export class MessageWriter {
  readonly #parts: MessageWriterParts;

  constructor(parts: MessageWriterParts) {
    this.#parts = parts;
  }

  async write(tx: Transaction, outgoing: Outgoing): Promise<Sent> {
    const [sent] = await this.writeAll(tx, [outgoing]);
    return sent!;
  }

  /** In their order. All messages, then all deliveries, then all events: a statement for several rows takes half the time. */
  async writeAll(tx: Transaction, outgoing: readonly Outgoing[]): Promise<Sent[]> {
    const { tracing } = this.#parts;
    const rows = outgoing.map(({ row }) => row);
    const traced = tracing === undefined ? undefined : rows.map((row) => tracing.send(row, row.headers));
    for (const [index, { headers }] of traced?.entries() ?? []) rows[index] = { ...rows[index]!, headers };
    const ids = await messageStore.insertAll(tx, rows);
    if (traced !== undefined) tx.whenDurable(() => endAll(traced, ids));
    const sent = rows.map((row, index): Written => ({ message: { id: ids[index]!, ...row }, deliveries: [] }));
    const arriving: Arriving[] = [];
    for (const [index, { message, deliveries }] of sent.entries()) {
      const { recipients, availableAt } = outgoing[index]!;
      if (message.reply_to !== null && this.#parts.replyWaiters.isTaken(message.reply_to)) {
        for (const recipient of recipients) deliveries.push(await this.#hold(tx, message, recipient));
        continue;
      }
      for (const { queue, module } of recipients) {
        // Its place depends on those before it, so they must be there.
        if (message.ordering_key !== null || this.#parts.fair.isFair(queue)) await this.#insert(tx, arriving);
        const place = await this.#place(tx, message, { queue, module }, { availableAt });
        arriving.push({ row: newDelivery(message, place), told: deliveries });
      }
    }
    await this.#insert(tx, arriving);
    const inConversations = sent.map(({ message }) => message).filter((message) => message.conversation_id !== null);
    if (inConversations.length > 0) await this.#parts.recordMessages(tx, inConversations);
    await this.#parts.events.appendAll(
      tx,
      sent.map((each, index) => sentEvent(each, outgoing[index]!.keyId)),
    );
    for (const [index, { message }] of sent.entries()) {
      const { awaitedUntil } = outgoing[index]!;
      if (awaitedUntil !== undefined) tx.tell(this.#parts.replyWaiters.awaited, [message.id, awaitedUntil]);
    }
    for (const [index, each] of sent.entries()) {
      const followed = this.#followed(each, outgoing[index]!.isTracked === true);
      if (followed.length > 0) await this.#track(tx, each, followed);
    }
    const answered = sent.map(({ message }) => message.reply_to).filter((id) => id !== null);
    if (answered.length > 0) tx.tell(this.#parts.replyWaiters.answered, answered);
    return sent;
  }

  /** One more delivery of a message. */
  async deliver(tx: Transaction, message: MessageRow, recipient: Recipient, arrival: Arrival): Promise<void> {
    const place = await this.#place(tx, message, recipient, arrival);
    await this.#insert(tx, [{ row: newDelivery(message, place), told: [] }]);
  }

  /** All deliveries where the sender asked for it, else those to agents; a reply that an open request takes is no work. */
  #followed({ deliveries }: Sent, isTracked: boolean): SentDelivery[] {
    const { tracking } = this.#parts;
    return deliveries.filter(
      ({ module, state }) => isTracked || (module !== null && state === 'pending' && tracking.isFollowed(module)),
    );
  }

  async #track(tx: Transaction, sent: Sent, followed: readonly SentDelivery[]): Promise<void> {
    sent.taskId = await this.#parts.tracking.begin(tx, sent.message, followed);
    await followedDeliveryStore.follow(
      tx,
      followed.map(({ id }) => id),
      sent.taskId,
    );
  }

  /** `blocked` behind an earlier one of its ordering key, `delayed` until its time, or `ready`. */
  async #place(
    tx: Transaction,
    message: MessageRow,
    { queue, module }: Recipient,
    { availableAt, now = message.created_at, isReplayed = false }: Arrival,
  ): Promise<Place> {
    const key = message.ordering_key;
    const isBlocked = key !== null && (await deliveryStore.headOfKey(tx, queue, key)) !== undefined;
    const availability = isBlocked ? 'blocked' : availableAt > now ? 'delayed' : 'ready';
    const { priority, sender } = message;
    const rank = await this.#parts.fair.rankOf(tx, { queue, priority, sender });
    return { queue, module, availability, availableAt, key, rank, isReplayed };
  }

  /** Takes them out of the list. */
  async #insert(tx: Transaction, arriving: Arriving[]): Promise<void> {
    const arrived = arriving.splice(0);
    if (arrived.length === 0) return;
    const ids = await deliveryStore.insertAll(
      tx,
      arrived.map(({ row }) => row),
    );
    for (const [index, { row, told }] of arrived.entries())
      told.push({ id: ids[index]!, module: row.module, state: 'pending' });
    this.#tellArrived(
      tx,
      arrived.map(({ row }, index) => [ids[index]!, row]),
    );
  }

  /** The sender waits for this reply on an open request: it is leased to that, and comes to the inbox if the request breaks off. */
  async #hold(tx: Transaction, message: MessageRow, { queue, module }: Recipient): Promise<SentDelivery> {
    const now = message.created_at;
    const place = {
      queue,
      module,
      availability: 'ready',
      availableAt: now,
      key: null,
      rank: 0,
      isReplayed: false,
    } as const;
    const [id] = await deliveryStore.insertAll(tx, [newDelivery(message, place)]);
    deliveryStore.lease(tx, [id!], { module: module ?? '', lease: newHold(), now, until: now + HOLD_REPLY_MS });
    tx.tell(this.#parts.depths.moved, [[queue, 'leased', 1]]);
    return { id: id!, module, state: 'leased' };
  }

  #tellArrived(tx: Transaction, arrived: readonly (readonly [id: number, row: NewDeliveryRow])[]): void {
    const { depths, claimWaiters, delayed } = this.#parts;
    const claimable: [queue: string, id: number][] = [];
    let dueAt = Number.POSITIVE_INFINITY;
    for (const [id, { queue, availability, available_at }] of arrived) {
      if (availability === 'ready') claimable.push([queue, id]);
      else if (availability === 'delayed') dueAt = Math.min(dueAt, available_at);
    }
    tx.tell(depths.moved, arrivalMoves(arrived.map(([, row]) => row)));
    if (claimable.length > 0) tx.tell(claimWaiters.claimable, claimable);
    if (dueAt < Number.POSITIVE_INFINITY) tx.tell(delayed.due, dueAt);
  }
}

/** When a delivery comes, and why. */
export interface Arrival {
  /** Not before this instant. */
  readonly availableAt: number;
  /** Where the message was sent before. */
  readonly now?: number;
  readonly isReplayed?: boolean;
}

interface Place extends Recipient {
  readonly availability: 'ready' | 'delayed' | 'blocked';
  readonly availableAt: number;
  readonly key: string | null;
  readonly rank: number;
  readonly isReplayed: boolean;
}

const newDelivery = (
  message: MessageRow,
  { queue, module, availability, availableAt, key, rank, isReplayed }: Place,
): NewDeliveryRow => ({
  message_id: message.id,
  queue,
  module,
  availability,
  available_at: availableAt,
  priority: message.priority,
  rank,
  max_attempts: message.max_attempts,
  ordering_key: key,
  // History is delivered again although its time was over when it was new.
  expires_at: isReplayed ? null : message.expires_at,
  is_replayed: isReplayed ? 1 : 0,
});

const endAll = (traced: readonly TracedSend[], ids: readonly number[]): void => {
  for (const [index, each] of traced.entries()) each.end(ids[index]!);
};

const sentEvent = ({ message, deliveries }: Sent, keyId: string | null | undefined): NewEvent => ({
  keyId,
  type: 'message.sent',
  at: message.created_at,
  module: message.recipient ?? message.sender,
  sender: message.sender,
  conversationId: message.conversation_id,
  messageId: message.id,
  data: {
    type: message.type,
    from: message.sender,
    ...(message.recipient === null ? {} : { to: message.recipient }),
    ...(message.channel === null ? {} : { channel: message.channel }),
    ...(message.capability === null ? {} : { capability: message.capability }),
    ...(message.reply_to === null ? {} : { replyTo: `msg_${message.reply_to}` }),
    priority: message.priority,
    deliveries: deliveries.length,
  },
});
