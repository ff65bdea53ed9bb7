import type { Handle } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';
import { type EventFilter, matchesFilter } from './event-filter.js';
import { type FirstEvents, startOfFilter } from './event-start.js';
import type { EventBounds } from './event-store.js';
import type { StoredEvent } from './event-types.js';

/** How many of the newest events are kept in memory, and how many a reader is handed at a time. */
const RECENT_EVENTS = 8192;
const PAGE_EVENTS = 500;

interface EventSource extends FirstEvents {
  after(seq: number, limit: number, read?: Handle): Awaitable<StoredEvent[]>;
  bounds(read?: Handle): Promise<EventBounds>;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** The number up to which events were looked at: where to go on. */
  readonly scannedTo: number;
  readonly isEnd: boolean;
}

/** What is read at once. */
export interface FeedPart {
  readonly events: readonly StoredEvent[];
  /** Where to go on. */
  readonly cursor: number;
  /** Where something before these is not kept any more: the oldest number that is. */
  readonly resetTo: number | undefined;
}

/** What a follower is given: events that fit, or word that what it asked for is no longer kept. */
export type FeedStep =
  | { readonly kind: 'events'; readonly events: readonly StoredEvent[] }
  | { readonly kind: 'reset'; readonly oldestSeq: number };

export interface FollowOptions {
  /** The last number the follower saw; without it, it starts with what comes next. */
  readonly after?: number | undefined;
  readonly filter: EventFilter;
  readonly signal: AbortSignal;
}

/**
 * Events in order and without gaps, from any number on. A follower is only its cursor: it reads from the newest events in memory, and
 * where it is further behind, from the database. So there is no moment of cut-over that could lose one, and a slow follower holds nothing.
 */
export class EventFeed {
  readonly #recent: StoredEvent[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #listeners: (() => void)[] = [];
  #source: EventSource | undefined;
  #lastSeq = 0;
  /** Events up to here are appended; those of other hubs are still to be read. */
  #heardTo = 0;
  #isWaking = false;

  /** Also when too much was missed: what lies between is read by those who ask for it. */
  async open(source: EventSource, read?: Handle): Promise<void> {
    const { lastSeq } = await source.bounds(read);
    this.#source = source;
    this.#recent.length = 0;
    this.#lastSeq = lastSeq;
    this.#heardTo = lastSeq;
    this.#wakeSoon();
  }

  heardOf(seq: number): void {
    this.#heardTo = Math.max(this.#heardTo, seq);
  }

  /** Publishes what other hubs have appended, up to where it was heard of. */
  async readHeard(read: Handle): Promise<void> {
    const source = this.#source;
    while (source !== undefined && this.#lastSeq < this.#heardTo) {
      const upTo = this.#heardTo;
      const events = await source.after(this.#lastSeq, PAGE_EVENTS, read);
      // Meanwhile another reader may have published some of them.
      for (const event of events) if (event.seq > this.#lastSeq && event.seq <= upTo) this.publish(event);
      if (events.length === 0) this.#lastSeq = Math.max(this.#lastSeq, upTo);
    }
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  publish(event: StoredEvent): void {
    this.#recent.push(event);
    if (this.#recent.length >= 2 * RECENT_EVENTS) this.#recent.splice(0, RECENT_EVENTS);
    this.#lastSeq = event.seq;
    this.#wakeSoon();
  }

  /** One page after `after`, of at most `limit` events that fit. Looks at a bounded number of events, so it may be short or empty. */
  async page(after: number, filter: EventFilter, limit: number): Promise<EventPage> {
    const matches = matchesFilter(filter);
    const events: StoredEvent[] = [];
    let cursor = await this.startOf(after, filter);
    for (let round = 0; round < 20; round++) {
      const window = await this.#window(cursor);
      for (const event of window) {
        cursor = event.seq;
        if (matches(event)) events.push(event);
        if (events.length === limit) return { events, scannedTo: cursor, isEnd: cursor >= this.#lastSeq };
      }
      if (window.length < PAGE_EVENTS) return { events, scannedTo: Math.max(cursor, after), isEnd: true };
    }
    return { events, scannedTo: cursor, isEnd: false };
  }

  /**
   * Where a reader that saw `after` last has missed something: some of what followed is not kept any more, or the log ends before it,
   * as that of a restored backup does. 0 is the beginning of whatever is kept. @returns the oldest number that is kept
   */
  async missedSince(after: number): Promise<number | undefined> {
    if (after === 0) return undefined;
    const { oldestSeq, lastSeq } = await this.#bounds();
    return after < oldestSeq - 1 || after > Math.max(lastSeq, this.#lastSeq) ? oldestSeq : undefined;
  }

  /** Where to begin with the events that fit after a number, so that what cannot fit is not read. */
  async startOf(after: number, filter: EventFilter): Promise<number> {
    const source = this.#source;
    const oldest = this.#recent[0]?.seq ?? this.#lastSeq + 1;
    if (source === undefined || after + 1 >= oldest) return after;
    return await startOfFilter(source, { after, lastSeq: this.#lastSeq, filter });
  }

  /** Steps until the signal is aborted. Reading the next step is the only flow control. */
  async *follow({ after, filter, signal }: FollowOptions): AsyncGenerator<FeedStep, void, void> {
    const matches = matchesFilter(filter);
    let cursor = after ?? this.#lastSeq;
    while (!signal.aborted) {
      const next = await this.read(cursor);
      if (next === undefined) {
        await this.#published(cursor, signal);
        continue;
      }
      if (next.resetTo !== undefined) yield { kind: 'reset', oldestSeq: next.resetTo };
      cursor = next.cursor;
      const events = next.events.filter(matches);
      if (events.length > 0 && !signal.aborted) yield { kind: 'events', events };
    }
  }

  /** Some of what follows the cursor, whatever it is; undefined where the reader has all that is there. */
  async read(cursor: number): Promise<FeedPart | undefined> {
    if (cursor > this.#lastSeq) {
      const resetTo = await this.missedSince(cursor);
      if (resetTo !== undefined) return { events: [], cursor: Math.max(0, resetTo - 1), resetTo };
    }
    const events = await this.#window(cursor);
    const [first] = events;
    if (first === undefined) return undefined;
    const isPruned = await this.#isPruned(cursor, first);
    return { events, cursor: events.at(-1)!.seq, resetTo: isPruned ? first.seq : undefined };
  }

  /** All that follows the cursor, without waiting; undefined where that goes back further than memory does. */
  newest(cursor: number): readonly StoredEvent[] | undefined {
    if (cursor >= this.#lastSeq) return [];
    const first = this.#recent[0];
    if (first === undefined || cursor + 1 < first.seq) return undefined;
    return this.#recent.slice(firstAfter(this.#recent, cursor));
  }

  /** Calls after every burst of events, until the hub ends. */
  onPublished(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Whether events between the cursor and the next one were there and are not kept any more. */
  async #isPruned(cursor: number, next: StoredEvent): Promise<boolean> {
    return next.seq > cursor + 1 && next.seq === (await this.#bounds()).oldestSeq;
  }

  async #bounds(): Promise<EventBounds> {
    return (await this.#source?.bounds()) ?? { oldestSeq: 0, lastSeq: 0 };
  }

  #window(cursor: number): Awaitable<readonly StoredEvent[]> {
    if (cursor >= this.#lastSeq) return [];
    const first = this.#recent[0];
    if (first === undefined || cursor + 1 < first.seq) return this.#stored(cursor);
    const start = firstAfter(this.#recent, cursor);
    return this.#recent.slice(start, start + PAGE_EVENTS);
  }

  /** What is not published may not be on the disk yet: after a power cut another event would have its number. */
  async #stored(cursor: number): Promise<readonly StoredEvent[]> {
    const lastSeq = this.#lastSeq;
    const events = (await this.#source?.after(cursor, PAGE_EVENTS)) ?? [];
    return events.filter(({ seq }) => seq <= lastSeq);
  }

  #published(cursor: number, signal: AbortSignal): Promise<void> {
    if (cursor < this.#lastSeq || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  #wakeSoon(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    setImmediate(() => this.#wake());
  }

  #wake(): void {
    this.#isWaking = false;
    for (const listener of this.#listeners) listener();
    for (const resume of [...this.#waiting]) resume();
  }
}

/** Numbers rise but may have gaps, so the place is searched for. */
const firstAfter = (events: readonly StoredEvent[], seq: number): number => {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.seq <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
};
