import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { Clock } from '../lib/clock.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import type { ChannelDirectory } from './channel-directory.js';
import type { ChannelView } from './channel-schema.js';
import { channelStore } from './channel-store.js';

/** What a new subscriber still gets, which this folder cannot see. */
export interface LateDeliveries {
  /** Broadcasts of the channel that have not expired, for a module that has not got them. @returns how many */
  deliver(
    tx: Transaction,
    late: { readonly channel: string; readonly module: string; readonly now: number },
  ): Awaitable<number>;
}

/** What waits in a channel, which this folder cannot see either. */
export interface ChannelQueues {
  depth(channel: string): { readonly pending: number; readonly leased: number };
  /** When the one was sent that has waited longest. */
  oldestAt(channel: string): Awaitable<number | undefined>;
}

export interface ChannelServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly modules: ModuleDirectory;
  readonly channels: ChannelDirectory;
  readonly late: LateDeliveries;
}

export class ChannelService {
  readonly #parts: ChannelServiceParts;

  constructor(parts: ChannelServiceParts) {
    this.#parts = parts;
  }

  /** In the caller's transaction; nothing where the channel is there. */
  async ensure(tx: Transaction, channel: string, now: number): Promise<void> {
    await channelStore.ensure(tx, channel, now);
    tx.afterCommit(() => this.#parts.channels.add(channel));
  }

  /** @returns whether the subscription is new. @throws module_not_found */
  async subscribe(channel: string, module: string): Promise<{ isNew: boolean; delivered: number }> {
    const { database, modules, channels, clock, events, late } = this.#parts;
    modules.get(module);
    return await database.write(async (tx) => {
      const now = clock.now();
      await this.ensure(tx, channel, now);
      if ((await channelStore.subscribe(tx, { channel, module, created_at: now })) === 0)
        return { isNew: false, delivered: 0 };
      const delivered = await late.deliver(tx, { channel, module, now });
      await events.append(tx, { type: 'channel.subscribed', at: now, module, data: { channel, delivered } });
      tx.afterCommit(() => channels.subscribe(channel, module));
      return { isNew: true, delivered };
    });
  }

  /** Nothing where there is no such subscription. What was delivered already stays. */
  async unsubscribe(channel: string, module: string): Promise<void> {
    const { database, channels, clock, events } = this.#parts;
    await database.write(async (tx) => {
      if ((await channelStore.unsubscribe(tx, channel, module)) === 0) return;
      await events.append(tx, { type: 'channel.unsubscribed', at: clock.now(), module, data: { channel } });
      tx.afterCommit(() => channels.unsubscribe(channel, module));
    });
  }

  /** In order of their names. */
  names(): string[] {
    return this.#parts.channels.names();
  }

  async view(name: string, queues: ChannelQueues): Promise<ChannelView> {
    const { pending, leased } = queues.depth(name);
    const oldestAt = await queues.oldestAt(name);
    const oldestAgeSeconds = oldestAt === undefined ? null : (this.#parts.clock.now() - oldestAt) / 1000;
    return { name, subscribers: this.#parts.channels.subscribersOf(name), depth: pending, leased, oldestAgeSeconds };
  }
}
