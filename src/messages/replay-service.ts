import type { Database } from '../db/database.js';
import type { EventStore } from '../events/event-store.js';
import { keepActing } from '../lib/acting-key.js';
import type { Clock } from '../lib/clock.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import { channelHistory } from './channel-history.js';
import { channelHistoryStore, type PastMessage } from './channel-history-store.js';
import { messageStore } from './message-store.js';
import type { MessageWriter } from './message-writer.js';

export interface ReplayRange {
  readonly channel: string;
  readonly module: string;
  /** Instants, both outside of the range. */
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  /** Sequence numbers, both outside of the range. */
  readonly afterSeq?: number | undefined;
  readonly beforeSeq?: number | undefined;
  readonly types?: readonly string[] | undefined;
}

export interface ReplayServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly modules: ModuleDirectory;
  readonly writer: MessageWriter;
}

/** Delivers the history of a channel again, to one module. */
export class ReplayService {
  readonly #parts: ReplayServiceParts;

  constructor(parts: ReplayServiceParts) {
    this.#parts = parts;
  }

  /** In the order of the messages, up to those that were there when it began. @returns how many. @throws module_not_found */
  async replay(range: ReplayRange): Promise<number> {
    const { database, events, clock, modules } = this.#parts;
    const { channel, module, afterSeq = 0, beforeSeq = Number.MAX_SAFE_INTEGER } = range;
    modules.get(module);
    const acting = keepActing();
    const last = (await channelHistoryStore.last(database.read, channel))?.id ?? 0;
    const keys = { channel, above: afterSeq, below: Math.min(last + 1, beforeSeq) };
    let replayed = 0;
    for await (const part of channelHistory(database.read, keys, isIn(range)))
      replayed += await this.#deliver(module, part);
    const event = { type: 'channel.replayed', at: clock.now(), module, data: { channel, replayed } } as const;
    await acting(() => database.write((tx) => events.append(tx, event)));
    return replayed;
  }

  async #deliver(module: string, messages: readonly PastMessage[]): Promise<number> {
    const { database, clock, writer } = this.#parts;
    return await database.write(async (tx) => {
      const now = clock.now();
      let delivered = 0;
      for (const { id } of messages) {
        const message = await messageStore.find(tx, id);
        if (message === undefined) continue;
        await writer.deliver(tx, message, { queue: module, module }, { availableAt: now, now, isReplayed: true });
        delivered++;
      }
      return delivered;
    });
  }
}

const isIn = ({ after = -Infinity, before = Infinity, types }: ReplayRange): ((message: PastMessage) => boolean) => {
  const wanted = types === undefined ? undefined : new Set(types);
  return ({ created_at, type }) => created_at > after && created_at < before && wanted?.has(type) !== false;
};
