import type { ChannelDirectory } from '../channels/channel-directory.js';
import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { DeliveryRow, MessageRow } from '../db/tables.js';
import type { EventStore } from '../events/event-store.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { Clock } from '../lib/clock.js';
import { HubError, isHubError } from '../lib/errors.js';
import type { Module } from '../modules/module.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import { fitProblems } from '../modules/user-schema.js';
import type { WaitOptions } from './claim-waiters.js';
import type { DeliveryService } from './delivery-service.js';
import { type DeliveryState, isFinal } from './delivery-state.js';
import { deliveryStore } from './delivery-store.js';
import type { DeliveryVerbs } from './delivery-verbs.js';
import { type Draft, draftOf } from './message-draft.js';
import type { NewMessage } from './message-schema.js';
import { messageStore } from './message-store.js';
import type { MessageFilter } from './message-types.js';
import type { MessageWriter, Sent } from './message-writer.js';
import type { QueueDepths } from './queue-depths.js';
import { type Participants, recipientsOf, unknownModule } from './recipients.js';
import type { ReplyWaiters } from './reply-waiters.js';
import type { ReplyContent, ReplyWriter } from './reply-writer.js';

/** Conversations, as far as sending must know them. */
export interface ConversationPicker {
  /**
   * The conversation of a message: the named one, made by its first use, or for an agent the one it has by default with this sender.
   * @throws conversation_not_found for an id of the hub's own form that is not there
   */
  pick(
    tx: Transaction,
    message: {
      readonly named: string | null;
      readonly sender: string;
      readonly agent: Module | undefined;
      readonly now: number;
    },
  ): Awaitable<string | null>;
}

/** A channel is made by its first use. */
export interface ChannelMaker {
  ensure(tx: Transaction, channel: string, now: number): Promise<void>;
}

export interface MessageServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly modules: ModuleDirectory;
  readonly channels: ChannelDirectory;
  readonly depths: QueueDepths;
  readonly writer: MessageWriter;
  readonly replies: ReplyWriter;
  readonly replyWaiters: ReplyWaiters;
  readonly verbs: DeliveryVerbs;
  readonly deliveries: DeliveryService;
  readonly conversations: ConversationPicker;
  readonly channelMaker: ChannelMaker;
}

/** How a request stands: answered, or not and never to be, or still open. */
export type ReplyOutcome =
  | { readonly kind: 'replied'; readonly reply: MessageRow }
  | { readonly kind: 'ended'; readonly states: readonly DeliveryState[] }
  | { readonly kind: 'open' };

export class MessageService {
  readonly #parts: MessageServiceParts;
  readonly #participants: Participants;

  constructor(parts: MessageServiceParts) {
    this.#parts = parts;
    this.#participants = participantsOf(parts);
  }

  /** @throws module_not_found, no_capable_module, payload_mismatch, invalid_request */
  async send(message: NewMessage, sender: string): Promise<Sent> {
    const draft = this.#plan(message, sender);
    return await this.#parts.database.write((tx) => this.#write(tx, draft));
  }

  /** Many in one transaction; each has its own outcome, in the order of the messages. */
  async sendAll(
    messages: readonly (NewMessage | HubError)[],
    senderOf: (message: NewMessage) => string,
  ): Promise<(Sent | HubError)[]> {
    const drafts = messages.map((message) => (isHubError(message) ? message : this.#tryPlan(message, senderOf)));
    return await this.#parts.database.write(async (tx) => {
      const outcomes: (Sent | HubError)[] = [];
      for (const draft of drafts)
        outcomes.push(isHubError(draft) ? draft : await this.#write(tx, draft).catch(notFoundOnly));
      return outcomes;
    });
  }

  /** Sends, and waits for the reply. A reply that is taken here does not come to the sender's inbox as well. */
  async request(
    message: NewMessage,
    sender: string,
    wait: WaitOptions,
  ): Promise<{ sent: Sent; outcome: ReplyOutcome }> {
    const sent = await this.send(message, sender);
    const { id } = sent.message;
    return await this.#parts.replyWaiters.taking(id, async () => {
      const outcome = await this.awaitReply(id, wait);
      if (outcome.kind === 'replied' && !wait.signal.aborted) await this.#take(outcome.reply);
      return { sent: { ...sent, deliveries: await this.deliveriesOf(id) }, outcome };
    });
  }

  /** The reply to a message, waiting for it; `ended` when none will come. @throws message_not_found */
  async awaitReply(messageId: number, wait: WaitOptions): Promise<ReplyOutcome> {
    await this.get(messageId);
    const outcome = await this.#parts.replyWaiters.lookOrWait(messageId, wait, () => this.#replyOutcome(messageId));
    return outcome ?? { kind: 'open' };
  }

  /** @throws message_not_found; forbidden by the caller */
  async reply(messageId: number, content: Omit<ReplyContent, 'now'>): Promise<Sent> {
    const { database, replies, clock, modules } = this.#parts;
    if (modules.find(content.from) === undefined) throw unknownModule(content.from, '/from');
    return await database.write((tx) => replies.write(tx, messageId, { ...content, now: clock.now() }));
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

  async deliveriesOf(messageId: number): Promise<DeliveryRow[]> {
    return await deliveryStore.ofMessage(this.#parts.database.read, messageId);
  }

  /** Newest first. */
  async list(filter: MessageFilter, limit: number): Promise<MessageRow[]> {
    return await messageStore.list(this.#parts.database.read, filter, limit);
  }

  #tryPlan(message: NewMessage, senderOf: (message: NewMessage) => string): Draft | HubError {
    try {
      return this.#plan(message, senderOf(message));
    } catch (error) {
      if (isHubError(error)) return error;
      throw error;
    }
  }

  #plan(message: NewMessage, sender: string): Draft {
    const { modules, clock } = this.#parts;
    if (modules.find(sender) === undefined) throw unknownModule(sender, '/from');
    const recipients = recipientsOf(message, sender, this.#participants);
    for (const { module } of recipients) if (module !== null) this.#checkPayload(message, module);
    return draftOf(message, sender, recipients, clock.now());
  }

  #checkPayload(message: NewMessage, target: string): void {
    const schema = this.#parts.modules.find(target)?.descriptor.inputSchema;
    if (schema === undefined) return;
    const errors = fitProblems(schema, message.payload ?? {}, '/payload');
    if (errors.length > 0)
      throw new HubError('payload_mismatch', `The payload does not fit the inputSchema of ${target}.`, { errors });
  }

  async #write(tx: Transaction, draft: Draft): Promise<Sent> {
    const row = await this.#inConversation(tx, draft);
    if (row.channel !== null && !this.#parts.channels.has(row.channel))
      await this.#parts.channelMaker.ensure(tx, row.channel, row.created_at);
    return await this.#parts.writer.write(tx, row, draft.recipients, draft.availableAt);
  }

  async #inConversation(tx: Transaction, { row }: Draft): Promise<Draft['row']> {
    const target = row.recipient === null ? undefined : this.#parts.modules.find(row.recipient);
    const agent = target?.runtime.type === 'claude' ? target : undefined;
    if (agent === undefined && row.conversation_id === null) return row;
    const id = await this.#parts.conversations.pick(tx, {
      named: row.conversation_id,
      sender: row.sender,
      agent,
      now: row.created_at,
    });
    return { ...row, conversation_id: id, ordering_key: row.ordering_key ?? id };
  }

  async #replyOutcome(messageId: number): Promise<ReplyOutcome | undefined> {
    const reply = await this.replyTo(messageId);
    if (reply !== undefined) return { kind: 'replied', reply };
    const states = (await this.deliveriesOf(messageId)).map((row) => row.state as DeliveryState);
    const isOver =
      states.length > 0 && states.every((state) => state === 'dead' || state === 'expired' || state === 'cancelled');
    return isOver ? { kind: 'ended', states } : undefined;
  }

  async #take(reply: MessageRow): Promise<void> {
    const [delivery] = await this.deliveriesOf(reply.id);
    if (delivery?.state !== 'leased' || delivery.lease === null) return;
    await this.#parts.deliveries.applyAll([{ id: delivery.id, verb: 'complete', lease: delivery.lease }]);
  }
}

const participantsOf = ({ modules, channels, depths }: MessageServiceParts): Participants => ({
  isModule: (name) => modules.find(name) !== undefined,
  modules: () => modules.all().map((module) => module.name),
  capable: (capability) => modules.capable(capability).map((module) => module.name),
  subscribers: (channel) => channels.subscribersOf(channel),
  load: (module) => depths.of(module).pending + depths.of(module).leased,
});

const noMessage = (id: number): HubError => new HubError('message_not_found', `There is no message msg_${id}.`);

/** Thrown before anything is written, so the others of the batch go on. */
const notFoundOnly = (error: unknown): HubError => {
  if (isHubError(error) && error.code === 'conversation_not_found') return error;
  throw error;
};
