import { setTimeout as pause } from 'node:timers/promises';
import type { Awaitable } from '../lib/awaitable.js';
import type { Logger } from '../lib/logger.js';
import type { EventFeed } from './event-feed.js';
import { type EventFilter, matchesFilter } from './event-filter.js';
import type { StoredEvent } from './event-types.js';

const AGAIN_MS = 1000;

export interface Listener {
  /** As the log names it. */
  readonly name: string;
  readonly filter: EventFilter;
  readonly logger: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Events that fit, in their order. One with which it fails comes again. */
  hear(event: StoredEvent): Awaitable<void>;
  /** Some were missed that are not kept any more. */
  missed?(): Awaitable<void>;
}

/**
 * Tells a part of the hub what happens from now on, until the signal is aborted. The feed reads from the database what it has not in memory;
 * where that does not answer, it goes on after a pause from where it was.
 */
export const keepTelling = async (feed: EventFeed, listener: Listener): Promise<void> => {
  const { name, logger, signal } = listener;
  const place = { after: feed.lastSeq };
  while (!signal.aborted)
    await tell(feed, listener, place).catch(async (error: unknown) => {
      logger.error({ err: error }, `${name} could not hear what happened, and tries again`);
      await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    });
};

/** Reads events of every kind, for their numbers are the place to go on from. */
const tell = async (feed: EventFeed, listener: Listener, place: { after: number }): Promise<void> => {
  const { filter, signal } = listener;
  const matches = matchesFilter(filter);
  for await (const step of feed.follow({ after: place.after, filter: {}, signal })) {
    if (step.kind === 'reset') {
      await listener.missed?.();
      place.after = Math.max(0, step.oldestSeq - 1);
    } else {
      for (const event of step.events) {
        if (matches(event)) await listener.hear(event);
        place.after = event.seq;
      }
    }
  }
};
