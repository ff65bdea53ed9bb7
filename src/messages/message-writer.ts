import type { Transaction } from '../db/statement.js';
import type { MessageRow } from '../db/tables.js';
import type { EventStore } from '../events/event-store.js';
import { randomToken } from '../lib/random-token.js';
import type { ClaimWaiters } from './claim-waiters.js';
import type { DelayedDeliveries } from './delayed-deliveries.js';
import { deliveryStore, type NewDeliveryRow } from './delivery-store.js';
import type { FairOrder } from './fair-order.js';
import type { SentDelivery } from './message-json.js';
import { messageStore, type NewMessageRow } from './message-store.js';
import type { QueueDepths } from './queue-depths.js';
import type { Recipient } from './recipients.js';
import type { ReplyWaiters } from './reply-waiters.js';

/** How long a reply waits for the open request that it was made for to take it. */
const HOLD_REPLY_MS = 10_000;

export interface Sent {
  readonly message: MessageRow;
  readonly deliveries: readonly SentDelivery[];
}

export interface MessageWriterParts {
  readonly events: EventStore;
  readonly depths: QueueDepths;
  readonly claimWaiters: ClaimWaiters;
  readonly replyWaiters: ReplyWaiters;
  readonly delayed: DelayedDeliveries;
  readonly fair: FairOrder;
}

/** Puts a message with its deliveries and its event into the caller's transaction, and wakes who waits once that is durable. */
export class MessageWriter {
  readonly #parts: MessageWriterParts;

  constructor(parts: MessageWriterParts) {
    this.#parts = parts;
  }

  async write(
    tx: Transaction,
    draft: NewMessageRow,
    recipients: readonly Recipient[],
    availableAt = draft.created_at,
  ): Promise<Sent> {
    const id = await messageStore.insert(tx, draft);
    const message: MessageRow = { id, ...draft };
    const isTaken = draft.reply_to !== null && this.#parts.replyWaiters.isTaken(draft.reply_to);
    const deliveries: SentDelivery[] = [];
    for (const recipient of recipients) {
      deliveries.push(
        isTaken
          ? await this.#hold(tx, message, recipient)
          : await this.deliver(tx, message, recipient, { availableAt }),
      );
    }
    await this.#parts.events.append(tx, {
      type: 'message.sent',
      at: message.created_at,
      module: message.recipient ?? message.sender,
      conversationId: message.conversation_id,
      messageId: id,
      data: sentEventData(message, deliveries.length),
    });
    if (message.reply_to !== null) {
      const request = message.reply_to;
      tx.afterCommit(() => this.#parts.replyWaiters.wake(request));
    }
    return { message, deliveries };
  }

  /** One more delivery of a message: `blocked` behind an earlier one of its ordering key, `delayed` until its time, or `ready`. */
  async deliver(
    tx: Transaction,
    message: MessageRow,
    { queue, module }: Recipient,
    { availableAt, now = message.created_at, isReplayed = false }: Arrival,
  ): Promise<SentDelivery> {
    const key = message.ordering_key;
    const isBlocked = key !== null && (await deliveryStore.headOfKey(tx, queue, key)) !== undefined;
    const availability = isBlocked ? 'blocked' : availableAt > now ? 'delayed' : 'ready';
    const rank = await this.#parts.fair.rankOf(tx, { queue, priority: message.priority, sender: message.sender });
    const place = { queue, module, availability, availableAt, key, rank, isReplayed } as const;
    const id = await deliveryStore.insert(tx, newDelivery(message, place));
    tx.afterCommit(() => this.#arrived(id, { queue, availability, availableAt }));
    return { id, module, state: 'pending' };
  }

  /** The sender waits for this reply on an open request: it is leased to that, and comes to the inbox if the request breaks off. */
  async #hold(tx: Transaction, message: MessageRow, { queue, module }: Recipient): Promise<SentDelivery> {
    const now = message.created_at;
    const id = await deliveryStore.insert(
      tx,
      newDelivery(message, {
        queue,
        module,
        availability: 'ready',
        availableAt: now,
        key: null,
        rank: 0,
        isReplayed: false,
      }),
    );
    await deliveryStore.lease(tx, [id], {
      module: module ?? '',
      lease: randomToken(12),
      now,
      until: now + HOLD_REPLY_MS,
    });
    tx.afterCommit(() => this.#parts.depths.add(queue, 'leased', 1));
    return { id, module, state: 'leased' };
  }

  #arrived(
    id: number,
    { queue, availability, availableAt }: Pick<Place, 'queue' | 'availability' | 'availableAt'>,
  ): void {
    const { depths, claimWaiters, delayed } = this.#parts;
    depths.add(queue, 'pending', 1);
    if (availability === 'ready') claimWaiters.wake(queue, id);
    else if (availability === 'delayed') delayed.expect(availableAt);
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

const sentEventData = (message: MessageRow, deliveries: number): object => ({
  type: message.type,
  from: message.sender,
  ...(message.recipient === null ? {} : { to: message.recipient }),
  ...(message.channel === null ? {} : { channel: message.channel }),
  ...(message.capability === null ? {} : { capability: message.capability }),
  ...(message.reply_to === null ? {} : { replyTo: `msg_${message.reply_to}` }),
  priority: message.priority,
  deliveries,
});
