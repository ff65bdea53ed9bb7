import type { EventFeed } from '../events/event-feed.js';
import { eventJson } from '../events/event-json.js';
import type { StoredEvent } from '../events/event-types.js';

const MOST_EVENTS = 100;
const MOST_CHARACTERS = 256 * 1024;

/** What comes next for one who is told of events. */
export type NextEvents =
  | { readonly kind: 'batch'; readonly events: readonly [StoredEvent, ...StoredEvent[]] }
  /** Nothing that fits up to this number; `isEnd`: nothing is left to look at. */
  | { readonly kind: 'nothing'; readonly scannedTo: number; readonly isEnd: boolean }
  /** What follows is not kept any more, or the log is another one. */
  | { readonly kind: 'missed'; readonly oldestSeq: number };

export interface BatchRequest {
  readonly after: number;
  /** Not beyond this one: what was in the batch the last time. */
  readonly upTo?: number | undefined;
  readonly matches: (event: StoredEvent) => boolean;
}

/**
 * As many as are there and fit into one post: one, where they come one by one, and a hundred where they come faster than the endpoint
 * answers. So the order is kept with one post at a time, and an endpoint at 50 ms can still take two thousand a second. Looks at one page
 * of the log, so it may find nothing although there is more.
 */
export const nextEvents = async (feed: EventFeed, { after, upTo, matches }: BatchRequest): Promise<NextEvents> => {
  const part = await feed.read(after);
  if (part === undefined) return { kind: 'nothing', scannedTo: after, isEnd: true };
  if (part.resetTo !== undefined) return { kind: 'missed', oldestSeq: part.resetTo };
  const [first, ...others] = part.events.filter(matches);
  if (first === undefined) return { kind: 'nothing', scannedTo: part.cursor, isEnd: false };
  const isAgain = upTo !== undefined && first.seq <= upTo;
  const more = isAgain ? others.filter(({ seq }) => seq <= upTo) : roomFor(first, others);
  return { kind: 'batch', events: [first, ...more] };
};

const roomFor = (first: StoredEvent, others: readonly StoredEvent[]): StoredEvent[] => {
  let characters = eventJson(first).length;
  const room: StoredEvent[] = [];
  for (const event of others.slice(0, MOST_EVENTS - 1)) {
    characters += eventJson(event).length;
    if (characters > MOST_CHARACTERS) break;
    room.push(event);
  }
  return room;
};
