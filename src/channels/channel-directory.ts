import type { Handle } from '../db/statement.js';
import type { ChannelSettings } from './channel-schema.js';
import { channelStore } from './channel-store.js';

/** All channels and who is subscribed, in memory. Changed only after the commit that changed the rows. */
export class ChannelDirectory {
  readonly #subscribers = new Map<string, Set<string>>();
  readonly #settings = new Map<string, ChannelSettings>();

  async load(read: Handle): Promise<void> {
    for (const { name, descriptor } of await channelStore.channels(read)) this.configure(name, JSON.parse(descriptor));
    for (const { channel, module } of await channelStore.subscriptions(read)) this.subscribe(channel, module);
  }

  has(channel: string): boolean {
    return this.#subscribers.has(channel);
  }

  add(channel: string): void {
    if (!this.#subscribers.has(channel)) this.#subscribers.set(channel, new Set());
  }

  configure(channel: string, settings: ChannelSettings): void {
    this.add(channel);
    this.#settings.set(channel, settings);
  }

  settingsOf(channel: string): ChannelSettings {
    return this.#settings.get(channel) ?? {};
  }

  subscribe(channel: string, module: string): void {
    this.add(channel);
    this.#subscribers.get(channel)?.add(module);
  }

  unsubscribe(channel: string, module: string): void {
    this.#subscribers.get(channel)?.delete(module);
  }

  /** A module that is gone is subscribed to nothing. */
  forget(module: string): void {
    for (const subscribers of this.#subscribers.values()) subscribers.delete(module);
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
}
