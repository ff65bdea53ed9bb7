import type { Database } from '../db/database.js';
import type { DeliveryRow, MessageRow } from '../db/tables.js';
import type { EventStore } from '../events/event-store.js';
import { keepActing } from '../lib/acting-key.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import type { WaitOptions } from './claim-waiters.js';
import { type DeliveryState, isFinal } from './delivery-state.js';
import { deliveryStore } from './delivery-store.js';
import type { DeliveryVerbs } from './delivery-verbs.js';
import { isHold } from './held-reply.js';
import { taskOf } from './message-json.js';
import type { NewMessage } from './message-schema.js';
import type { MessageSender } from './message-sender.js';
import { messageStore } from './message-store.js';
import type { MessageFilter } from './message-types.js';
import type { Sent } from './message-writer.js';
import { unknownModule } from './recipients.js';
import type { ReplyWaiters } from './reply-waiters.js';
import type { ReplyContent, ReplyWriter } from './reply-writer.js';

export interface MessageServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly modules: ModuleDirectory;
  readonly sender: MessageSender;
  readonly replies: ReplyWriter;
  readonly replyWaiters: ReplyWaiters;
  readonly verbs: DeliveryVerbs;
}

/** How a request stands: answered, or not and never to be, or still open. */
export type ReplyOutcome =
  | { readonly kind: 'replied'; readonly reply: MessageRow }
  | { readonly kind: 'ended'; readonly states: readonly DeliveryState[] }
  | { readonly kind: 'open' };

interface TakenReply {
  readonly outcome: ReplyOutcome;
  /** It is in no inbox any more. Never rejects. */
  readonly taken: Promise<void>;
}

export class MessageService {
  readonly #parts: MessageServiceParts;

  constructor(parts: MessageServiceParts) {
    this.#parts = parts;
  }

  /** @param waitMs of the request that will wait for the reply. @throws what MessageSender.prepare throws */
  async send(message: NewMessage, sender: string, waitMs?: number): Promise<Sent> {
    return await this.#parts.sender.send(this.#parts.database, message, { sender, waitMs });
  }

  /** Many in one transaction; each has its own outcome, in the order of the messages. */
  async sendAll(
    messages: readonly (NewMessage | HubError)[],
    senderOf: (message: NewMessage) => string,
  ): Promise<(Sent | HubError)[]> {
    const prepared = this.#parts.sender.prepareAll(messages, senderOf);
    return await this.#parts.database.write((tx) => prepared.write(tx)).finally(() => prepared.end());
  }

  /** Waits for the reply to what was just sent. A reply that is taken here does not come to the sender's inbox as well. */
  async takeReply(messageId: number, wait: WaitOptions): Promise<ReplyOutcome> {
    // The answer need not wait for the taking: the reply is leased to this request, and where that fails it comes to the inbox after the hold.
    return (await this.#replyTaken(messageId, wait)).outcome;
  }

  /** The sender of the message takes the reply, also out of the inbox; anybody else only reads it. @throws message_not_found */
  async fetchReply(messageId: number, reader: string, wait: WaitOptions): Promise<ReplyOutcome> {
    if ((await this.get(messageId)).sender !== reader) return await this.awaitReply(messageId, wait);
    let { outcome, taken } = await this.#replyTaken(messageId, { ...wait, timeoutMs: 0 });
    if (outcome.kind === 'open' && wait.timeoutMs > 0) {
      await this.#tellAwaited(messageId, wait.timeoutMs);
      ({ outcome, taken } = await this.#replyTaken(messageId, wait));
    }
    await taken;
    return outcome;
  }

  /** The reply to a message, waiting for it; `ended` when none will come. @throws message_not_found */
  async awaitReply(messageId: number, wait: WaitOptions): Promise<ReplyOutcome> {
    await this.get(messageId);
    const outcome = await this.#parts.replyWaiters.lookOrWait(messageId, wait, () => this.#replyOutcome(messageId));
    await this.#parts.database.durable();
    return outcome ?? { kind: 'open' };
  }

  /** @throws message_not_found, forbidden where the message did not come to `from` */
  async reply(messageId: number, content: Omit<ReplyContent, 'now'>): Promise<Sent> {
    const { database, replies, clock, modules } = this.#parts;
    if (modules.find(content.from) === undefined) throw unknownModule(content.from, '/from');
    return await database.write(async (tx) => {
      const isRecipient = (await deliveryStore.ofMessage(tx, messageId)).some(({ module }) => module === content.from);
      if (!isRecipient && (await messageStore.find(tx, messageId)) !== undefined) {
        throw new HubError('forbidden', `${content.from} did not receive msg_${messageId}, so it cannot reply to it.`);
      }
      return await replies.write(tx, messageId, { ...content, now: clock.now() });
    });
  }

  /** Open deliveries become cancelled. @returns how many */
  async cancel(messageId: number): Promise<number> {
    const { database, clock, verbs, events } = this.#parts;
    return await database.write(async (tx) => {
      const message = await messageStore.find(tx, messageId);
      if (message === undefined) throw noMessage(messageId);
      const open = (await deliveryStore.ofMessage(tx, messageId)).filter((row) => !isFinal(row.state as DeliveryState));
      const now = clock.now();
      for (const row of open)
        await verbs.settle(tx, row, {
          state: 'cancelled',
          error: { code: 'cancelled', message: 'It was cancelled.' },
          now,
        });
      if (open.length > 0) {
        await events.append(tx, {
          type: 'message.cancelled',
          at: now,
          module: message.sender,
          messageId,
          data: { deliveries: open.length },
        });
      }
      return open.length;
    });
  }

  /** @throws message_not_found */
  async get(messageId: number): Promise<MessageRow> {
    const row = await messageStore.find(this.#parts.database.read, messageId);
    if (row === undefined) throw noMessage(messageId);
    return row;
  }

  async replyTo(messageId: number): Promise<MessageRow | undefined> {
    return await messageStore.reply(this.#parts.database.read, messageId);
  }

  /** As its sender is told of it. @throws message_not_found */
  async sent(messageId: number): Promise<Sent> {
    const deliveries = await this.deliveriesOf(messageId);
    const taskId = taskOf(deliveries);
    return { message: await this.get(messageId), deliveries, ...(taskId === undefined ? {} : { taskId }) };
  }

  async deliveriesOf(messageId: number): Promise<DeliveryRow[]> {
    return await deliveryStore.ofMessage(this.#parts.database.read, messageId);
  }

  /** Newest first. */
  async list(filter: MessageFilter, limit: number): Promise<MessageRow[]> {
    return await messageStore.list(this.#parts.database.read, filter, limit);
  }

  async #replyOutcome(messageId: number): Promise<ReplyOutcome | undefined> {
    const reply = await this.replyTo(messageId);
    if (reply !== undefined) return { kind: 'replied', reply };
    const states = (await this.deliveriesOf(messageId)).map((row) => row.state as DeliveryState);
    const isOver =
      states.length > 0 && states.every((state) => state === 'dead' || state === 'expired' || state === 'cancelled');
    return isOver ? { kind: 'ended', states } : undefined;
  }

  async #replyTaken(messageId: number, wait: WaitOptions): Promise<TakenReply> {
    const acting = keepActing();
    return await this.#parts.replyWaiters.taking(messageId, async () => {
      const outcome = await this.awaitReply(messageId, wait);
      const isTaken = outcome.kind === 'replied' && !wait.signal.aborted;
      return { outcome, taken: isTaken ? this.#take(outcome.reply, acting).catch(() => {}) : Promise.resolve() };
    });
  }

  /** What is held for an open request is completed, and what waits in line; what somebody has claimed stays theirs. */
  async #take(reply: MessageRow, acting: ReturnType<typeof keepActing>): Promise<void> {
    const { database, verbs, clock } = this.#parts;
    await acting(() =>
      database.write(async (tx) => {
        const [delivery] = await deliveryStore.ofMessage(tx, reply.id);
        if (delivery === undefined || (delivery.state !== 'pending' && !isHold(delivery.lease))) return;
        const now = clock.now();
        const lease = delivery.lease ?? (await verbs.hold(tx, delivery, now));
        if (lease !== undefined) await verbs.complete(tx, [delivery.id], lease, now);
      }),
    );
  }

  /** So that other hubs hold the reply for the request, too. */
  async #tellAwaited(messageId: number, forMs: number): Promise<void> {
    const { database, clock, replyWaiters } = this.#parts;
    if (database.catchUp === undefined) return;
    await database.write((tx) => tx.tell(replyWaiters.awaited, [messageId, clock.now() + forMs]));
  }
}

const noMessage = (id: number): HubError => new HubError('message_not_found', `There is no message msg_${id}.`);
