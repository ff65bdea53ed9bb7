import type { Handle } from '../db/statement.js';
import { channelStore } from './channel-store.js';

/** All channels and who is subscribed, in memory. Changed only after the commit that changed the rows. */
export class ChannelDirectory {
  readonly #subscribers = new Map<string, Set<string>>();

  async load(read: Handle): Promise<void> {
    for (const { name } of await channelStore.channels(read)) this.add(name);
    for (const { channel, module } of await channelStore.subscriptions(read)) this.subscribe(channel, module);
  }

  has(channel: string): boolean {
    return this.#subscribers.has(channel);
  }

  add(channel: string): void {
    if (!this.#subscribers.has(channel)) this.#subscribers.set(channel, new Set());
  }

  subscribe(channel: string, module: string): void {
    this.add(channel);
    this.#subscribers.get(channel)?.add(module);
  }

  unsubscribe(channel: string, module: string): void {
    this.#subscribers.get(channel)?.delete(module);
  }

  /** In order of their names. */
  names(): string[] {
    return [...this.#subscribers.keys()].sort();
  }

  subscribersOf(channel: string): string[] {
    return [...(this.#subscribers.get(channel) ?? [])];
  }

  channelsOf(module: string): string[] {
    return this.names().filter((channel) => this.#subscribers.get(channel)?.has(module) === true);
  }
}
