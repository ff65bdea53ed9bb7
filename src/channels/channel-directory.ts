import { topic } from '../db/memory.js';
import type { Handle } from '../db/statement.js';
import type { ChannelSettings } from './channel-schema.js';
import { channelStore } from './channel-store.js';

type Subscription = readonly [channel: string, module: string];

/** All channels and who is subscribed, in memory. Changed only by the commits that changed the rows. */
export class ChannelDirectory {
  readonly added = topic<string>('channel', (channel) => this.#add(channel));
  readonly configured = topic<readonly [channel: string, settings: ChannelSettings]>('channel_configured', (told) =>
    this.#configure(...told),
  );
  readonly subscribed = topic<Subscription>('channel_subscribed', (told) => this.#subscribe(...told));
  readonly unsubscribed = topic<Subscription>('channel_unsubscribed', ([channel, module]) =>
    this.#subscribers.get(channel)?.delete(module),
  );
  /** A module that is gone is subscribed to nothing. */
  readonly forgotten = topic<string>('channel_forgotten', (module) => {
    for (const subscribers of this.#subscribers.values()) subscribers.delete(module);
  });
  readonly #subscribers = new Map<string, Set<string>>();
  readonly #settings = new Map<string, ChannelSettings>();

  async load(read: Handle): Promise<void> {
    const channels = await channelStore.channels(read);
    const subscriptions = await channelStore.subscriptions(read);
    this.#subscribers.clear();
    this.#settings.clear();
    for (const { name, descriptor } of channels) this.#configure(name, JSON.parse(descriptor));
    for (const { channel, module } of subscriptions) this.#subscribe(channel, module);
  }

  has(channel: string): boolean {
    return this.#subscribers.has(channel);
  }

  settingsOf(channel: string): ChannelSettings {
    return this.#settings.get(channel) ?? {};
  }

  /** In order of their names. */
  names(): string[] {
    return [...this.#subscribers.keys()].sort();
  }

  isSubscribed(channel: string, module: string): boolean {
    return this.#subscribers.get(channel)?.has(module) === true;
  }

  subscribersOf(channel: string): string[] {
    return [...(this.#subscribers.get(channel) ?? [])];
  }

  channelsOf(module: string): string[] {
    return this.names().filter((channel) => this.isSubscribed(channel, module));
  }

  #add(channel: string): void {
    if (!this.#subscribers.has(channel)) this.#subscribers.set(channel, new Set());
  }

  #configure(channel: string, settings: ChannelSettings): void {
    this.#add(channel);
    this.#settings.set(channel, settings);
  }

  #subscribe(channel: string, module: string): void {
    this.#add(channel);
    this.#subscribers.get(channel)?.add(module);
  }
}
