import type { Handle } from '../db/statement.js';
import { channelHistoryStore, type PastMessage } from './channel-history-store.js';

/** Messages that are looked at, and deliveries that are written, before others have their turn: a few milliseconds of the event loop. */
const LOOK = 1000;
const WRITE = 100;

export interface HistoryRange {
  readonly channel: string;
  /** Keys, both outside of the range. */
  readonly above: number;
  readonly below: number;
}

/** What a channel was sent, oldest first, however much that is: those that are wanted, in parts of a size to be written at once. */
export async function* channelHistory(
  read: Handle,
  { channel, above, below }: HistoryRange,
  isWanted: (message: PastMessage) => boolean,
): AsyncGenerator<readonly PastMessage[]> {
  let cursor = above;
  for (;;) {
    const page = await channelHistoryStore.page(read, { channel, above: cursor, below, limit: LOOK });
    const wanted = page.filter(isWanted);
    for (let start = 0; start < wanted.length; start += WRITE) yield wanted.slice(start, start + WRITE);
    if (page.length < LOOK) return;
    cursor = page.at(-1)!.id;
    await new Promise(setImmediate);
  }
}
