import type { Awaitable } from '../lib/awaitable.js';
import type { EventFilter } from './event-filter.js';

/*
 * Where in the log the events of one message, turn or task can begin. An index would say so exactly, and cost every event that is written
 * something (measured: 0.5 to 3 us of 50 to 100 that a send takes). But keys are given in their order, and so are the numbers of the events
 * that are the first of each: the log is searched by halves, which costs a dozen looks at a few rows, or a few thousand, and only who asks. The
 * name of a conversation says nothing of when it began: its events are looked for from the number on that was asked for.
 */

/** The event that is the first of its kind of key. */
export interface FirstEvent {
  readonly seq: number;
  readonly key: number;
}

export type FirstType = 'message.sent' | 'turn.started' | 'task.created';

export interface FirstEvents {
  /** The next one of the type among so many events after a number; undefined where there is none among them. */
  nextFirst(type: FirstType, after: number, among: number): Awaitable<FirstEvent | undefined>;
}

/** It is over with the first that is found; this is for a stretch of other events, such as the words of a turn. */
const AMONG = 4000;
/** Not searched for: a reader is through it at once. */
const NEAR = 5000;
/** Of what is written together, the order of events is not that of the keys: a task's comes before the message's that made it. */
const TOGETHER = 5000;

/** @returns a number at or above `after`, with nothing that fits between the two */
export const startOfFilter = async (
  source: FirstEvents,
  { after, lastSeq, filter }: { after: number; lastSeq: number; filter: EventFilter },
): Promise<number> => {
  const wanted = firstOf(filter);
  if (wanted === undefined) return after;
  let low = after;
  for (let high = lastSeq; high - low > NEAR; ) {
    const middle = Math.floor((low + high) / 2);
    const next = await source.nextFirst(wanted.type, middle, AMONG);
    // Only what is known to be older moves the start: a stretch that says nothing is taken for later.
    if (next !== undefined && next.key < wanted.key) low = next.seq;
    else high = middle;
  }
  return Math.max(after, low - TOGETHER);
};

const firstOf = ({ message, turn, task }: EventFilter): { type: FirstType; key: number } | undefined => {
  if (message !== undefined) return { type: 'message.sent', key: message };
  if (turn !== undefined) return { type: 'turn.started', key: turn };
  return task === undefined ? undefined : { type: 'task.created', key: task };
};
