import type { TestContext } from 'node:test';
import type { Database } from '../../src/db/database.js';
import { EventFeed, type FeedStep } from '../../src/events/event-feed.js';
import { EventStore } from '../../src/events/event-store.js';
import type { EventType } from '../../src/events/event-types.js';
import { openTestDatabase } from './test-database.js';

export interface TestEvents {
  readonly feed: EventFeed;
  readonly database: Database;
  readonly folder: string;
  /** Writes that many events in one work. */
  write(count: number, type?: EventType): Promise<void>;
}

/** A feed of the events in a database, wired as in the hub. */
export async function openTestEvents(t: TestContext): Promise<TestEvents> {
  const { database, folder } = await openTestDatabase(t);
  const feed = new EventFeed();
  const store = new EventStore(database.read, (event) => feed.publish(event));
  await feed.open(store);
  const write: TestEvents['write'] = (count, type = 'message.sent') =>
    database.write(async (tx) => {
      for (let index = 0; index < count; index++) await store.append(tx, { type, at: 0, data: {} });
    });
  return { feed, database, folder, write };
}

/** The numbers that a follower is given, up to one. A reset stands as `reset <oldest>`. */
export async function collectUpTo(steps: AsyncIterable<FeedStep>, lastSeq: number): Promise<(number | string)[]> {
  const seen: (number | string)[] = [];
  for await (const step of steps) {
    if (step.kind === 'reset') seen.push(`reset ${step.oldestSeq}`);
    else seen.push(...step.events.map(({ seq }) => seq));
    if (Number(seen.at(-1)) >= lastSeq) break;
  }
  return seen;
}

/** Numbers from one to another, both with them. */
export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
