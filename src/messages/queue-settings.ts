import type { ChannelDirectory } from '../channels/channel-directory.js';
import type { ModuleDirectory } from '../modules/module-directory.js';

/** What the owner of a queue wants of it: its module, or its channel. */
export class QueueSettings {
  readonly #modules: ModuleDirectory;
  readonly #channels: ChannelDirectory;

  constructor(modules: ModuleDirectory, channels: ChannelDirectory) {
    this.#modules = modules;
    this.#channels = channels;
  }

  isFair(queue: string): boolean {
    return this.#of(queue)?.fair === true;
  }

  /** Most deliveries that may be pending; undefined for any number. */
  maxPending(queue: string): number | undefined {
    return this.#of(queue)?.limits?.maxPending;
  }

  #of(queue: string) {
    return queue.startsWith('#') ? this.#channels.settingsOf(queue.slice(1)) : this.#modules.find(queue)?.descriptor;
  }
}
