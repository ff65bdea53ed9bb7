import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventFeed } from '../../src/events/event-feed.js';
import type { EventFilter } from '../../src/events/event-filter.js';
import { EventStore } from '../../src/events/event-store.js';
import type { NewEvent } from '../../src/events/event-types.js';
import { openTestDatabase } from '../support/test-database.js';

const MESSAGES = 6000;
const TASK_EVERY = 3;

/** A log of messages, some with a task that is made before they are sent, claimed a while later; and of a turn that says a lot. */
const life = function* (): Generator<NewEvent> {
  const event = (type: NewEvent['type'], subject: object): NewEvent => ({ type, at: 0, data: {}, ...subject });
  for (let id = 1; id <= MESSAGES; id++) {
    const of = { messageId: id, taskId: id % TASK_EVERY === 0 ? id / TASK_EVERY : null };
    if (of.taskId !== null) yield event('task.created', of);
    yield event('message.sent', { messageId: id });
    if (id > 500) yield event('delivery.claimed', { messageId: id - 500 });
    if (id % 1000 !== 0) continue;
    yield event('turn.started', { messageId: id, turnId: id / 1000 });
    for (let word = 0; word < 3000; word++) yield event('turn.output', { messageId: id, turnId: id / 1000 });
  }
};

const open = async (t: Parameters<typeof openTestDatabase>[0]) => {
  const { database } = await openTestDatabase(t);
  const store = new EventStore(database.read, () => {});
  const all = [...life()];
  for (let start = 0; start < all.length; start += 5000)
    await database.write((tx) => store.appendAll(tx, all.slice(start, start + 5000)));
  const feed = new EventFeed();
  await feed.open(store);
  const seqsOf = (fits: (event: NewEvent) => boolean): number[] =>
    all.flatMap((event, index) => (fits(event) ? [index + 1] : []));
  return { feed, database, store, seqsOf, size: all.length };
};

/** Every event that fits, page by page. */
const readAll = async (feed: EventFeed, filter: EventFilter): Promise<number[]> => {
  const seqs: number[] = [];
  for (let cursor = 0; ; ) {
    const { events, scannedTo, isEnd } = await feed.page(cursor, filter, 1000);
    seqs.push(...events.map(({ seq }) => seq));
    if (isEnd) return seqs;
    cursor = scannedTo;
  }
};

test('whatever is asked for, in a long log nothing that fits is left out', async (t) => {
  const { feed, seqsOf } = await open(t);
  for (const id of [1, 2, 499, 1000, 3000, 3001, 5500, MESSAGES])
    assert.deepEqual(
      await readAll(feed, { message: id }),
      seqsOf((event) => event.messageId === id),
      `message ${id}`,
    );
  for (const id of [1, 700, MESSAGES / TASK_EVERY])
    assert.deepEqual(
      await readAll(feed, { task: id }),
      seqsOf((event) => event.taskId === id),
      `task ${id}`,
    );
  for (const id of [1, 4, 6])
    assert.deepEqual(
      await readAll(feed, { turn: id }),
      seqsOf((event) => event.turnId === id),
      `turn ${id}`,
    );
  assert.deepEqual(await readAll(feed, { message: MESSAGES + 1 }), []);
});

test('what is of a late message is looked for only where it can be', async (t) => {
  const { feed, size } = await open(t);
  const start = await feed.startOf(0, { message: MESSAGES });
  assert.ok(start > size / 2, `${start} of ${size}`);
  assert.equal(await feed.startOf(size - 10, { message: 1 }), size - 10, 'never before the number that was asked for');
  assert.equal(await feed.startOf(0, { conversation: 'order-1' }), 0);
  const { events } = await feed.page(0, { message: MESSAGES }, 1);
  assert.equal(events[0]?.type, 'task.created', 'in the first page');
});

test('where the beginning of the log is not kept any more, what is left of a message is found', async (t) => {
  const { feed, database, store, seqsOf, size } = await open(t);
  const claimed = seqsOf((event) => event.messageId === 300).at(-1);
  while ((await database.write((tx) => store.prune(tx, { before: -1, keep: size - 900, limit: 1000 }))) > 0);
  const { oldestSeq } = await store.bounds();
  const left = seqsOf((event) => event.messageId === 300).filter((seq) => seq >= oldestSeq);
  assert.ok(left.length > 0 && left.length < 3 && left.includes(claimed!));
  assert.deepEqual(await readAll(feed, { message: 300 }), left);
});
