import type { EventFeed } from './event-feed.js';
import { type EventFilter, matchesFilter } from './event-filter.js';
import type { StoredEvent } from './event-types.js';

/** A burst larger than this is not handed out at once: each reader fetches it at its own pace. */
const MOST_BYTES_AT_ONCE = 1024 * 1024;

/** One who has seen everything so far and takes what comes. */
export interface LiveReader {
  /** False where it is behind with reading: it leaves, and has had these bytes. */
  write(bytes: Buffer): boolean;
}

/** Readers who are sent the same bytes. */
export interface Audience {
  readonly filter: EventFilter;
  /** How one event is written for them; two audiences with the same filter and the same name are one. */
  readonly name: string;
  readonly frame: (event: StoredEvent) => Buffer;
}

interface Room {
  readonly matches: (event: StoredEvent) => boolean;
  readonly frame: (event: StoredEvent) => Buffer;
  /** With what tells each that it does not hear live any more, and up to which number it has heard. */
  readonly readers: Map<LiveReader, (cursor: number) => void>;
}

/**
 * Hands what happens to those who are up to date: every event is filtered and written once for all that want the same, and costs each
 * of them one write. Who falls behind leaves and reads on by the feed until it is up to date again, so nobody waits for the slowest.
 */
export class EventBroadcast {
  readonly #feed: EventFeed;
  readonly #rooms = new Map<string, Room>();
  readonly #ahead = new Set<() => void>();
  #cursor = 0;

  constructor(feed: EventFeed) {
    this.#feed = feed;
    feed.onPublished(() => this.#handOut());
  }

  /** How many hear live. */
  get readers(): number {
    return [...this.#rooms.values()].reduce((sum, { readers }) => sum + readers.size, 0);
  }

  /**
   * Hears what comes after `cursor` until it falls behind or the signal is aborted. @returns the number up to which it has heard: the
   * same one, at once, where it is not up to date
   */
  hear(
    audience: Audience,
    reader: LiveReader,
    { cursor, signal }: { cursor: number; signal: AbortSignal },
  ): Promise<number> {
    this.#handOut();
    if (cursor > this.#cursor) return this.#next(cursor, signal);
    if (cursor < this.#cursor || signal.aborted) return Promise.resolve(cursor);
    const key = `${audience.name}\n${JSON.stringify(audience.filter)}`;
    const room = this.#rooms.get(key) ?? openRoom(audience);
    this.#rooms.set(key, room);
    return new Promise((resolve) => {
      const leave = (heardTo: number): void => {
        signal.removeEventListener('abort', leaveNow);
        room.readers.delete(reader);
        if (room.readers.size === 0 && this.#rooms.get(key) === room) this.#rooms.delete(key);
        resolve(heardTo);
      };
      const leaveNow = (): void => leave(this.#cursor);
      signal.addEventListener('abort', leaveNow);
      room.readers.set(reader, leave);
    });
  }

  /** Another hub on the database has told it more than this one has heard of yet. */
  #next(cursor: number, signal: AbortSignal): Promise<number> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#ahead.delete(done);
        resolve(cursor);
      };
      signal.addEventListener('abort', done);
      this.#ahead.add(done);
    });
  }

  #handOut(): void {
    const before = this.#cursor;
    const events = this.#feed.newest(before);
    this.#cursor = this.#feed.lastSeq;
    if (events?.length === 0) return;
    for (const done of [...this.#ahead]) done();
    for (const room of this.#rooms.values()) {
      const bytes = events === undefined ? undefined : bytesFor(room, events);
      if (bytes === undefined) for (const leave of [...room.readers.values()]) leave(before);
      else if (bytes.length > 0) this.#write(room, bytes);
    }
  }

  #write({ readers }: Room, bytes: Buffer): void {
    for (const [reader, leave] of readers) if (!reader.write(bytes)) leave(this.#cursor);
  }
}

const openRoom = ({ filter, frame }: Audience): Room => ({ matches: matchesFilter(filter), frame, readers: new Map() });

/** Undefined where it is too much at once. */
const bytesFor = ({ matches, frame }: Room, events: readonly StoredEvent[]): Buffer | undefined => {
  const frames: Buffer[] = [];
  let length = 0;
  for (const event of events) {
    if (!matches(event)) continue;
    const bytes = frame(event);
    length += bytes.length;
    if (length > MOST_BYTES_AT_ONCE) return undefined;
    frames.push(bytes);
  }
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames, length);
};
