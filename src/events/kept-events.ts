import { HubError } from '../lib/errors.js';
import type { EventFeed } from './event-feed.js';

/** @throws cursor_expired where a reader that begins after this number would miss something */
export const requireKept = async (feed: EventFeed, cursor: number | undefined): Promise<void> => {
  const oldestSeq = cursor === undefined ? undefined : await feed.missedSince(cursor);
  if (oldestSeq === undefined) return;
  const reason =
    cursor! < oldestSeq
      ? `Events up to ${oldestSeq - 1} are not kept any more`
      : `There is no event ${cursor} yet, so the number is of another log`;
  throw new HubError('cursor_expired', `${reason}; the oldest is ${oldestSeq}.`, { oldestSeq });
};
