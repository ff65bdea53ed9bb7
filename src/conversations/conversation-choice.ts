import type { Handle, Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import { HubError } from '../lib/errors.js';
import { fromPublicId } from '../lib/public-id.js';
import type { Module } from '../modules/module.js';
import { reopenConversation, startConversation } from './conversation-start.js';
import { conversationStore } from './conversation-store.js';

interface Named {
  readonly named: string | null;
  readonly sender: string;
  readonly agent: Module | undefined;
  readonly now: number;
}

/** Which conversation a message belongs to. An id of one's own (`order-42`) names a conversation by its first use. */
export class ConversationChoice {
  readonly #events: EventStore;

  constructor(events: EventStore) {
    this.#events = events;
  }

  /** @throws conversation_not_found for an id of the hub's own form (`conv_12`) that is not there */
  async pick(tx: Transaction, { named, sender, agent, now }: Named): Promise<string | null> {
    if (named !== null) return await this.#named(tx, named, now);
    if (agent === undefined) return null;
    if (isOnePerMessage(agent)) return await this.begin(tx, now);
    const known = await this.defaultOf(tx, sender, agent);
    if (known !== undefined) return known;
    return await startConversation(tx, this.#events, { defaultOf: { sender, agent: agent.name }, now });
  }

  /** The one that the sender has with the agent already, where it names none; undefined where it would begin one. */
  async defaultOf(handle: Handle, sender: string, agent: Module): Promise<string | undefined> {
    if (isOnePerMessage(agent)) return undefined;
    return (await conversationStore.findDefault(handle, sender, agent.name))?.id;
  }

  /** A new one that is nobody's by default. */
  async begin(tx: Transaction, now: number): Promise<string> {
    return await startConversation(tx, this.#events, { now });
  }

  /** Who sends to an archived conversation means it, so it is opened again. */
  async #named(tx: Transaction, id: string, now: number): Promise<string> {
    const known = await conversationStore.find(tx, id);
    if (known?.state === 'archived') await reopenConversation(tx, this.#events, id, now);
    if (known !== undefined) return id;
    if (fromPublicId('conv', id) !== undefined)
      throw new HubError('conversation_not_found', `There is no conversation ${id}.`);
    return await startConversation(tx, this.#events, { id, now });
  }
}

const isOnePerMessage = ({ runtime }: Module): boolean =>
  runtime.type === 'claude' && runtime.conversation === 'message';
