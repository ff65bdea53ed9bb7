import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import { HubError } from '../lib/errors.js';
import { fromPublicId, toPublicId } from '../lib/public-id.js';
import { randomToken } from '../lib/random-token.js';
import type { Module } from '../modules/module.js';
import { conversationStore } from './conversation-store.js';

interface Named {
  readonly named: string | null;
  readonly sender: string;
  readonly agent: Module | undefined;
  readonly now: number;
}

/** Which conversation a message belongs to. An id of one's own (`order-42`) names a conversation by its first use. */
export class ConversationService {
  readonly #events: EventStore;

  constructor(events: EventStore) {
    this.#events = events;
  }

  /** @throws conversation_not_found for an id of the hub's own form (`conv_12`) that is not there */
  async pick(tx: Transaction, { named, sender, agent, now }: Named): Promise<string | null> {
    if (named !== null) return await this.#named(tx, named, now);
    if (agent === undefined) return null;
    if (agent.runtime.type === 'claude' && agent.runtime.conversation === 'message')
      return await this.#create(tx, { sender: null, agent: null, now });
    const known = await conversationStore.findDefault(tx, sender, agent.name);
    return known?.id ?? (await this.#create(tx, { sender, agent: agent.name, now }));
  }

  async #named(tx: Transaction, id: string, now: number): Promise<string> {
    if ((await conversationStore.find(tx, id)) !== undefined) return id;
    if (fromPublicId('conv', id) !== undefined)
      throw new HubError('conversation_not_found', `There is no conversation ${id}.`);
    await conversationStore.insert(tx, { id, default_sender: null, default_agent: null, created_at: now });
    await this.#created(tx, id, now, {});
    return id;
  }

  async #create(
    tx: Transaction,
    { sender, agent, now }: { sender: string | null; agent: string | null; now: number },
  ): Promise<string> {
    const row = { id: `new:${randomToken(12)}`, default_sender: sender, default_agent: agent, created_at: now };
    const key = await conversationStore.insert(tx, row);
    const id = toPublicId('conv', key);
    await conversationStore.name(tx, key, id);
    await this.#created(tx, id, now, { ...(sender === null ? {} : { sender, agent }) });
    return id;
  }

  async #created(tx: Transaction, conversationId: string, at: number, data: object): Promise<void> {
    await this.#events.append(tx, { type: 'conversation.created', at, conversationId, data });
  }
}
