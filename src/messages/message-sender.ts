import type { ChannelDirectory } from '../channels/channel-directory.js';
import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { Clock } from '../lib/clock.js';
import { HubError, isHubError } from '../lib/errors.js';
import type { Module } from '../modules/module.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import { fitProblems } from '../modules/user-schema.js';
import { type Draft, draftOf } from './message-draft.js';
import type { NewMessage } from './message-schema.js';
import type { MessageWriter, Outgoing, Sent } from './message-writer.js';
import type { QueueDepths } from './queue-depths.js';
import { inboxesOf, type Participants, type Recipient, recipientsOf, unknownModule } from './recipients.js';
import type { SendLimits } from './send-limits.js';
import type { SignatureService } from './signature-service.js';

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

/** What sending asks of channels in its transaction. */
export interface Channels {
  /** A channel is made by its first use. */
  ensure(tx: Transaction, channel: string, now: number): Promise<void>;
  subscribers(tx: Transaction, channel: string): Promise<string[]>;
}

export interface MessageSenderParts {
  readonly clock: Clock;
  readonly modules: ModuleDirectory;
  readonly channels: ChannelDirectory;
  readonly depths: QueueDepths;
  readonly writer: MessageWriter;
  readonly conversations: ConversationPicker;
  readonly channelService: Channels;
  readonly limits: SendLimits;
  readonly signatures: SignatureService;
}

/** Who sends, and how long the request waits for the reply where it does. */
export interface SentBy {
  readonly sender: string;
  readonly waitMs?: number | undefined;
}

/** Sends that are decided and have room: to be written in a transaction, and to be ended whether that went well or not. */
export interface PreparedSend<T> {
  write(tx: Transaction): Promise<T>;
  end(): void;
}

/** Decides whom a message is for and whether it may be sent, before any transaction; then writes it. */
export class MessageSender {
  readonly #parts: MessageSenderParts;
  readonly #participants: Participants;

  constructor(parts: MessageSenderParts) {
    this.#parts = parts;
    this.#participants = participantsOf(parts);
  }

  /** @throws module_not_found, no_capable_module, payload_mismatch, queue_full, rate_limited, bad_signature, invalid_request */
  prepare(message: NewMessage, sender: string, waitMs?: number): PreparedSend<Sent> {
    const draft = this.#plan(message, sender, waitMs);
    return { write: async (tx) => sentOf(await this.#writeAll(tx, [draft])), end: () => this.#end([draft]) };
  }

  /** One message in a transaction that it shares with those that are sent meanwhile. @throws what prepare throws */
  async send(database: Database, message: NewMessage, { sender, waitMs }: SentBy): Promise<Sent> {
    const draft = this.#plan(message, sender, waitMs);
    return await database.writeEach(this.#writeAll, draft).finally(() => this.#end([draft]));
  }

  /** Each of many has its own outcome, in their order. */
  prepareAll(
    messages: readonly (NewMessage | HubError)[],
    senderOf: (message: NewMessage) => string,
  ): PreparedSend<(Sent | HubError)[]> {
    const drafts = messages.map((message) => (isHubError(message) ? message : this.#tryPlan(message, senderOf)));
    return { write: (tx) => this.#writeAll(tx, drafts), end: () => this.#end(drafts) };
  }

  #tryPlan(message: NewMessage, senderOf: (message: NewMessage) => string): Draft | HubError {
    try {
      return this.#plan(message, senderOf(message));
    } catch (error) {
      if (isHubError(error)) return error;
      throw error;
    }
  }

  /** Decides everything that needs no database. What it expects of the queues, `#end` takes back. */
  #plan(message: NewMessage, sender: string, waitMs?: number): Draft {
    const { modules, clock, limits, depths } = this.#parts;
    const from = modules.find(sender);
    if (from === undefined) throw unknownModule(sender, '/from');
    this.#parts.signatures.checkSent(from, message);
    const recipients = recipientsOf(message, sender, this.#participants);
    for (const { module } of recipients) if (module !== null) this.#checkPayload(message, module);
    limits.checkRoom(recipients);
    limits.takeTurn(from);
    for (const { queue } of recipients) depths.expect(queue, 1);
    const draft = draftOf(message, sender, recipients, clock.now());
    return waitMs === undefined ? draft : { ...draft, awaitedUntil: clock.now() + waitMs };
  }

  #end(drafts: readonly (Draft | HubError)[]): void {
    for (const draft of drafts) {
      if (isHubError(draft)) continue;
      for (const { queue } of draft.recipients) this.#parts.depths.expect(queue, -1);
    }
  }

  #checkPayload(message: NewMessage, target: string): void {
    const schema = this.#parts.modules.find(target)?.descriptor.inputSchema;
    if (schema === undefined) return;
    const errors = fitProblems(schema, message.payload ?? {}, '/payload');
    if (errors.length > 0)
      throw new HubError('payload_mismatch', `The payload does not fit the inputSchema of ${target}.`, { errors });
  }

  /** A conversation that is not there is the outcome of that draft alone: nothing of it was written. */
  readonly #writeAll = async (tx: Transaction, drafts: readonly (Draft | HubError)[]): Promise<(Sent | HubError)[]> => {
    const outgoing: (Outgoing | HubError)[] = [];
    for (const draft of drafts)
      outgoing.push(isHubError(draft) ? draft : await this.#outgoing(tx, draft).catch(notFoundOnly));
    const sent = await this.#parts.writer.writeAll(
      tx,
      outgoing.filter((each): each is Outgoing => !isHubError(each)),
    );
    let next = 0;
    return outgoing.map((each) => (isHubError(each) ? each : sent[next++]!));
  };

  async #outgoing(tx: Transaction, draft: Draft): Promise<Outgoing> {
    tx.keyId = draft.keyId;
    const row = await this.#inConversation(tx, draft);
    if (row.channel !== null && !this.#parts.channels.has(row.channel))
      await this.#parts.channelService.ensure(tx, row.channel, row.created_at);
    const { availableAt, awaitedUntil, keyId, isTracked } = draft;
    return { row, recipients: await this.#recipients(tx, draft), availableAt, awaitedUntil, keyId, isTracked };
  }

  /** Who subscribed since it was planned was given the broadcasts before this one, so it must get this one too. */
  async #recipients(tx: Transaction, { row, recipients }: Draft): Promise<readonly Recipient[]> {
    if (row.is_broadcast === 0 || row.channel === null) return recipients;
    const subscribers = await this.#parts.channelService.subscribers(tx, row.channel);
    return inboxesOf(subscribers, row.sender);
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
}

const participantsOf = ({ modules, channels, depths }: MessageSenderParts): Participants => ({
  isModule: (name) => modules.find(name) !== undefined,
  modules: () => modules.all().map((module) => module.name),
  capable: (capability) => modules.capable(capability).map((module) => module.name),
  subscribers: (channel) => channels.subscribersOf(channel),
  load: (module) => depths.workload(module),
});

/** Thrown before anything is written, so the others of the batch go on. */
const notFoundOnly = (error: unknown): HubError => {
  if (isHubError(error) && error.code === 'conversation_not_found') return error;
  throw error;
};

/** @throws the one outcome that is a refusal */
const sentOf = ([outcome]: readonly (Sent | HubError)[]): Sent => {
  if (outcome === undefined || isHubError(outcome)) throw outcome;
  return outcome;
};
