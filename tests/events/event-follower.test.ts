import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { keepTelling, type Listener } from '../../src/events/event-follower.js';
import { EventStore } from '../../src/events/event-store.js';
import { eventually } from '../support/eventually.js';
import { connectBeside } from '../support/test-database.js';
import { numbers, openTestEvents } from '../support/test-events.js';

/** A listener to `message.sent` with what it was told, ended with the test. */
const openListener = async (t: TestContext, more: Partial<Listener> = {}) => {
  const events = await openTestEvents(t);
  const end = new AbortController();
  const heard: (number | string)[] = [];
  const problems: object[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (details: object) => void problems.push(details) };
  const telling = keepTelling(events.feed, {
    name: 'a test',
    filter: { types: ['message.sent'] },
    logger,
    signal: end.signal,
    hear: ({ seq }) => void heard.push(seq),
    missed: () => void heard.push('missed'),
    ...more,
  });
  t.after(async () => {
    end.abort();
    await telling;
  });
  const beside = connectBeside(t, events.folder);
  /** What is there is read from the database next, and not from memory. */
  const reload = (): Promise<void> => events.feed.open(new EventStore(events.database.read, () => {}));
  return { ...events, heard, problems, beside, reload };
};

test('what could not be read is told as soon as it can be, each event once, and what comes after it too', async (t) => {
  const { write, heard, problems, beside, reload } = await openListener(t);
  await write(3);
  await eventually(() => heard.length === 3);
  const insert = beside.prepare("insert into events (type, at, data) values (?, 0, '{}')");
  for (const type of ['message.sent', 'module.updated', 'message.sent']) insert.run(type);
  await reload();
  beside.exec('alter table events rename to events_away');
  await eventually(() => problems.length > 0);
  beside.exec('alter table events_away rename to events');
  await write(2);
  await eventually(() => heard.length === 7);
  assert.deepEqual(heard, [1, 2, 3, 4, 6, 7, 8]);
});

test('an event with which a listener fails comes again, and those after it', async (t) => {
  let failures = 0;
  const heard: number[] = [];
  const { write } = await openListener(t, {
    hear: ({ seq }) => {
      if (seq === 3 && failures++ === 0) throw new Error('not now');
      heard.push(seq);
    },
  });
  await write(4);
  await eventually(() => heard.includes(4));
  assert.deepEqual(heard, numbers(1, 4));
});

test('a listener that missed events which are not kept any more is told so, and goes on with those that are', async (t) => {
  const { write, heard, beside, reload } = await openListener(t);
  await write(1);
  await eventually(() => heard.length === 1);
  const insert = beside.prepare("insert into events (type, at, data) values ('message.sent', 0, '{}')");
  for (let count = 0; count < 4; count++) insert.run();
  beside.exec('delete from events where seq < 4');
  await reload();
  await eventually(() => heard.length === 4);
  assert.deepEqual(heard, [1, 'missed', 4, 5]);
});
