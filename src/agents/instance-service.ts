import type { ConversationChoice } from '../conversations/conversation-choice.js';
import type { Database } from '../db/database.js';
import { keepActing } from '../lib/acting-key.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import type { Module } from '../modules/module.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import type { AgentInstance } from './agent-instance.js';
import type { AgentPool } from './agent-pool.js';
import { settlesWithin } from './drivers/settles-within.js';
import type { InstanceOrders } from './instance-orders.js';
import type { InstanceView, NewInstance } from './instance-schema.js';
import { isInstanceOver } from './instance-state.js';
import { type InstanceFilter, instanceStore } from './instance-store.js';
import { instanceView } from './instance-view.js';
import type { LiveInstances } from './live-instances.js';
import type { UsageMeter } from './process-usage.js';
import { sessionStore } from './session-store.js';

export interface InstanceServiceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly modules: ModuleDirectory;
  readonly conversations: ConversationChoice;
  readonly live: LiveInstances;
  readonly orders: InstanceOrders;
  readonly pool: AgentPool;
  readonly usage: UsageMeter;
}

/** Longest that a request waits for a turn to end. */
const INTERRUPT_MS = 5000;

/** Instances for people: to look at, to start ahead of the first message, and to hold. */
export class InstanceService {
  readonly #parts: InstanceServiceParts;

  constructor(parts: InstanceServiceParts) {
    this.#parts = parts;
  }

  /** The one that the conversation has already, where it has one. @throws module_not_found, invalid_request, instances_full, agent_crashed */
  async start(asked: NewInstance): Promise<{ readonly view: InstanceView; readonly isNew: boolean }> {
    const acting = keepActing();
    const module = this.#agent(asked.module);
    const conversationId = await this.#conversationOf(asked, module);
    const { instance, isNew } = await this.#parts.pool.open({ module, conversationId, name: asked.name, acting });
    return { view: await this.get(instance.id), isNew };
  }

  /** @throws instance_not_found */
  async get(id: number): Promise<InstanceView> {
    await this.#parts.usage.measure();
    const row = await instanceStore.find(this.#parts.database.read, id);
    if (row === undefined) throw noInstance(id);
    return this.#view(row);
  }

  /** Key of the other hub that runs it; undefined where this one does, or none. */
  async ownerOf(id: number): Promise<number | undefined> {
    return (await instanceStore.ownerElsewhere(this.#parts.database.read, id))?.id;
  }

  /** The same of one that is to be started: key of the other hub that its conversation is with. */
  async ownerOfNew({ module, conversationId, from }: NewInstance): Promise<number | undefined> {
    const { database, modules, conversations } = this.#parts;
    const agent = modules.find(module);
    if (agent === undefined) return undefined;
    const byDefault = from === undefined ? undefined : await conversations.defaultOf(database.read, from, agent);
    const id = conversationId ?? byDefault;
    const owner = id === undefined ? undefined : await sessionStore.ownerOf(database.read, id, module);
    return owner?.id === database.read.nodeId ? undefined : owner?.id;
  }

  /** Newest first. */
  async list(filter: InstanceFilter, limit: number): Promise<InstanceView[]> {
    await this.#parts.usage.measure();
    const rows = await instanceStore.list(this.#parts.database.read, filter, limit);
    return rows.map((row) => this.#view(row));
  }

  /** @throws instance_not_found, state_conflict */
  async pause(id: number): Promise<InstanceView> {
    const acting = keepActing();
    const instance = await this.#usable(id);
    await acting(() => this.#parts.orders.pause(instance));
    return await this.get(id);
  }

  /** @throws instance_not_found, state_conflict */
  async resume(id: number): Promise<InstanceView> {
    const acting = keepActing();
    const instance = await this.#usable(id);
    await acting(() => this.#parts.orders.resume(instance));
    return await this.get(id);
  }

  /** The turn that it is at fails for good. @throws instance_not_found, state_conflict where it is at none */
  async interrupt(id: number): Promise<InstanceView> {
    const acting = keepActing();
    const instance = await this.#live(id);
    if (instance.turn === undefined) throw new HubError('state_conflict', `inst_${id} is at no turn.`);
    await settlesWithin(
      acting(() => this.#parts.orders.interrupt(instance)),
      INTERRUPT_MS,
    );
    return await this.get(id);
  }

  /** @throws instance_not_found, state_conflict */
  async restart(id: number): Promise<InstanceView> {
    const acting = keepActing();
    const instance = await this.#usable(id);
    await acting(() => this.#parts.orders.restart(instance, this.#agent(instance.module)));
    return await this.get(id);
  }

  /** @returns what is left of it to wait for: undefined when it is gone. @throws instance_not_found, state_conflict */
  async stop(id: number, isForced: boolean): Promise<InstanceView | undefined> {
    const acting = keepActing();
    const instance = await this.#live(id);
    const { orders } = this.#parts;
    if (isForced) await acting(() => orders.kill(instance));
    else if (!(await acting(() => orders.stop(instance)))) return await this.get(id);
    return undefined;
  }

  /** Where a message to it goes. A spare gets a conversation of its own. @throws instance_not_found, state_conflict */
  async addressOf(id: number): Promise<{ readonly to: string; readonly conversationId: string }> {
    const { database, conversations, clock, pool } = this.#parts;
    const acting = keepActing();
    const instance = await this.#usable(id);
    const to = instance.module;
    if (instance.conversationId !== undefined) return { to, conversationId: instance.conversationId };
    const own = await acting(() => database.write((tx) => conversations.begin(tx, clock.now())));
    return { to, conversationId: pool.bind(instance, own) };
  }

  #view(row: Parameters<typeof instanceView>[0]): InstanceView {
    const { live, clock, usage } = this.#parts;
    return instanceView(row, { instance: live.find(row.id), usage: usage.of(row.tag), now: clock.now() });
  }

  /** @throws module_not_found, invalid_request */
  #agent(name: string): Module {
    const module = this.#parts.modules.get(name);
    if (module.runtime.type === 'claude') return module;
    const errors = [{ pointer: '/module', message: 'must be a module with the runtime claude' }];
    throw new HubError('invalid_request', `${name} is not run by the hub's Claude Code.`, { errors });
  }

  async #conversationOf({ conversationId, from }: NewInstance, agent: Module): Promise<string | undefined> {
    const { database, conversations, modules, clock } = this.#parts;
    const sender = from === undefined ? '' : modules.get(from).name;
    if (conversationId === undefined && from === undefined) return undefined;
    const picked = await database.write((tx) =>
      conversations.pick(tx, { named: conversationId ?? null, sender, agent, now: clock.now() }),
    );
    return picked ?? undefined;
  }

  /** @throws instance_not_found, state_conflict for one that has ended or belongs to another hub */
  async #live(id: number): Promise<AgentInstance> {
    const instance = this.#parts.live.find(id);
    if (instance !== undefined) return instance;
    const row = await instanceStore.find(this.#parts.database.read, id);
    if (row === undefined) throw noInstance(id);
    const how = isInstanceOver(row.state as InstanceView['state']) ? `is ${row.state}` : 'belongs to another hub';
    throw new HubError('state_conflict', `inst_${id} ${how}.`);
  }

  async #usable(id: number): Promise<AgentInstance> {
    const instance = await this.#live(id);
    if (instance.state === 'stopping') throw new HubError('state_conflict', `inst_${id} is stopping.`);
    return instance;
  }
}

const noInstance = (id: number): HubError => new HubError('instance_not_found', `There is no instance inst_${id}.`);
