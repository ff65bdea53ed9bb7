import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import { keepActing } from '../lib/acting-key.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { Clock } from '../lib/clock.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import type { ChannelDirectory } from './channel-directory.js';
import type { ChannelSettings, ChannelView } from './channel-schema.js';
import { channelStore } from './channel-store.js';

/** What a new subscriber still gets, which this folder cannot see. */
export interface LateDeliveries {
  /** Broadcasts of the channel that are still alive, ahead of the subscription. */
  catchUp(late: Subscription): Promise<CaughtUp>;
  /** Those that have come since, in its transaction. @returns how many with those before */
  deliverRest(tx: Transaction, late: Subscription, caughtUp: CaughtUp): Awaitable<number>;
}

interface Subscription {
  readonly channel: string;
  readonly module: string;
}

interface CaughtUp {
  readonly delivered: number;
  readonly upTo: number;
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
    tx.tell(this.#parts.channels.added, channel);
  }

  /** Replaces the settings; the channel is made where it is not there. */
  async configure(channel: string, settings: ChannelSettings): Promise<void> {
    const { database, channels, clock, events } = this.#parts;
    await database.write(async (tx) => {
      const now = clock.now();
      await channelStore.put(tx, { name: channel, descriptor: JSON.stringify(settings), created_at: now });
      await events.append(tx, { type: 'channel.configured', at: now, data: { channel, ...settings } });
      tx.tell(channels.configured, [channel, settings]);
    });
  }

  /** As the transaction sees them: those that subscribe in it and before it. */
  async subscribers(tx: Transaction, channel: string): Promise<string[]> {
    return (await channelStore.subscribers(tx, channel)).map(({ module }) => module);
  }

  /** In the transaction that removes the module. */
  async forget(tx: Transaction, module: string): Promise<void> {
    await channelStore.unsubscribeAll(tx, module);
    tx.tell(this.#parts.channels.forgotten, module);
  }

  /** @returns whether the subscription is new. @throws module_not_found */
  async subscribe(channel: string, module: string): Promise<{ isNew: boolean; delivered: number }> {
    const { database, modules, channels, clock, events, late } = this.#parts;
    modules.get(module);
    if (channels.isSubscribed(channel, module)) return { isNew: false, delivered: 0 };
    const acting = keepActing();
    const caughtUp = await late.catchUp({ channel, module });
    const subscribing = async (tx: Transaction): Promise<{ isNew: boolean; delivered: number }> => {
      modules.get(module);
      const now = clock.now();
      await this.ensure(tx, channel, now);
      if ((await channelStore.subscribe(tx, { channel, module, created_at: now })) === 0)
        return { isNew: false, delivered: caughtUp.delivered };
      const delivered = await late.deliverRest(tx, { channel, module }, caughtUp);
      await events.append(tx, { type: 'channel.subscribed', at: now, module, data: { channel, delivered } });
      tx.tell(channels.subscribed, [channel, module]);
      return { isNew: true, delivered };
    };
    return await acting(() => database.write(subscribing));
  }

  /** Nothing where there is no such subscription. What was delivered already stays. */
  async unsubscribe(channel: string, module: string): Promise<void> {
    const { database, channels, clock, events } = this.#parts;
    await database.write(async (tx) => {
      if ((await channelStore.unsubscribe(tx, channel, module)) === 0) return;
      await events.append(tx, { type: 'channel.unsubscribed', at: clock.now(), module, data: { channel } });
      tx.tell(channels.unsubscribed, [channel, module]);
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
    return {
      name,
      ...this.#parts.channels.settingsOf(name),
      subscribers: this.#parts.channels.subscribersOf(name),
      depth: pending,
      leased,
      oldestAgeSeconds,
    };
  }
}
