import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { array, asyncProperty, assert as forAll, integer, record } from 'fast-check';
import { EventFeed } from '../../src/events/event-feed.js';
import { EventStore } from '../../src/events/event-store.js';
import { connectBeside } from '../support/test-database.js';
import { collectUpTo, numbers, openTestEvents } from '../support/test-events.js';

const noFilter = {};
const never = (): AbortSignal => new AbortController().signal;

test('a follower gets what was before it came and what comes, each event once and in order', async (t) => {
  const { feed, write } = await openTestEvents(t);
  await write(10);
  const following = collectUpTo(feed.follow({ after: 4, filter: noFilter, signal: never() }), 20);
  await write(10);
  assert.deepEqual(await following, numbers(5, 20));
});

test('without a number a follower starts with what comes next', async (t) => {
  const { feed, write } = await openTestEvents(t);
  await write(10);
  const following = collectUpTo(feed.follow({ filter: noFilter, signal: never() }), 13);
  await write(3);
  assert.deepEqual(await following, [11, 12, 13]);
});

test('while 2000 events are written, no follower misses one or gets one twice, wherever and whenever it starts', async (t) => {
  const { feed, write } = await openTestEvents(t);
  const [batches, perBatch] = [100, 20];
  const followers = array(
    record({ comesWithBatch: integer({ min: 0, max: batches - 1 }), percentSeen: integer({ min: 0, max: 100 }) }),
    { minLength: 4, maxLength: 12 },
  );
  const isWhole = asyncProperty(followers, async (plan) => {
    const end = feed.lastSeq + batches * perBatch;
    const followings: Promise<void>[] = [];
    const follow = async (after: number): Promise<void> => {
      const seen = await collectUpTo(feed.follow({ after, filter: noFilter, signal: never() }), end);
      assert.deepEqual(seen, numbers(after + 1, end));
    };
    for (let batch = 0; batch < batches; batch++) {
      const writing = write(perBatch);
      for (const { comesWithBatch, percentSeen } of plan)
        if (comesWithBatch === batch) followings.push(follow(Math.floor((feed.lastSeq * percentSeen) / 100)));
      if (batch % 3 === 0) await writing;
    }
    await Promise.all(followings);
  });
  await forAll(isWhole, { numRuns: 4 });
});

test('a follower that is slower than the memory of the feed finds the rest in the database', async (t) => {
  const { feed, write } = await openTestEvents(t);
  await write(10);
  const steps = feed.follow({ after: 0, filter: noFilter, signal: never() });
  const first = await steps.next();
  assert.equal(first.value?.kind === 'events' && first.value.events.length, 10);
  for (let count = 0; count < 4; count++) await write(5000);
  assert.deepEqual(await collectUpTo(steps, 20_010), numbers(11, 20_010));
});

test('a follower is given what fits its filter, and waits on past what does not', async (t) => {
  const { feed, write } = await openTestEvents(t);
  const filter = { types: ['turn.*'] };
  const following = collectUpTo(feed.follow({ after: 0, filter, signal: never() }), 1203);
  await write(600);
  await write(2, 'turn.output');
  await write(600);
  await write(1, 'turn.output');
  assert.deepEqual(await following, [601, 602, 1203]);
});

test('a follower whose number is not kept any more is told which is the oldest, and goes on from there', async (t) => {
  const { database, folder, write } = await openTestEvents(t);
  await write(100);
  connectBeside(t, folder).exec('delete from events where seq <= 60');
  const feed = new EventFeed();
  await feed.open(new EventStore(database.read, () => undefined));
  const follow = (after: number) => collectUpTo(feed.follow({ after, filter: noFilter, signal: never() }), 100);
  assert.deepEqual(await follow(59), ['reset 61', ...numbers(61, 100)]);
  assert.deepEqual(await follow(60), numbers(61, 100));
});

test('what is written and not yet published is not read either: the disk may not have it', async (t) => {
  const { database, feed: writing, write } = await openTestEvents(t);
  await write(10);
  const feed = new EventFeed();
  await feed.open(new EventStore(database.read, () => undefined));
  await write(5);
  assert.equal(writing.lastSeq, 15);
  const page = await feed.page(0, noFilter, 100);
  assert.deepEqual(
    page.events.map(({ seq }) => seq),
    numbers(1, 10),
  );
});

test('a follower that falls behind what is kept is told so too', async (t) => {
  const { database, folder, write } = await openTestEvents(t);
  await write(1500);
  const feed = new EventFeed();
  await feed.open(new EventStore(database.read, () => undefined));
  const steps = feed.follow({ after: 0, filter: noFilter, signal: never() });
  const first = await steps.next();
  const read = first.value?.kind === 'events' ? first.value.events.length : 0;
  assert.ok(read > 0 && read < 1400);
  connectBeside(t, folder).exec('delete from events where seq <= 1400');
  assert.deepEqual(await collectUpTo(steps, 1500), ['reset 1401', ...numbers(1401, 1500)]);
});

test('a follower ends when its signal says so, waiting or not, and leaves no listener', async (t) => {
  const { feed, write } = await openTestEvents(t);
  await write(3);
  const controller = new AbortController();
  const { signal } = controller;
  const steps = feed.follow({ after: 0, filter: noFilter, signal });
  await steps.next();
  const waiting = steps.next();
  controller.abort();
  assert.equal((await waiting).done, true);
  const late = feed.follow({ after: 0, filter: noFilter, signal });
  assert.equal((await late.next()).done, true);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('pages one after the other hold every event that fits, once', async (t) => {
  const { feed, write } = await openTestEvents(t);
  for (let round = 0; round < 30; round++) {
    await write(40);
    await write(1, 'turn.output');
  }
  const walk = async (types: string[], limit: number): Promise<number[]> => {
    const seen: number[] = [];
    for (let after = 0, isEnd = false; !isEnd; ) {
      const page = await feed.page(after, { types }, limit);
      assert.ok(page.events.length <= limit && page.scannedTo >= after);
      seen.push(...page.events.map(({ seq }) => seq));
      ({ scannedTo: after, isEnd } = page);
    }
    return seen;
  };
  assert.deepEqual(await walk(['*'], 7), numbers(1, 30 * 41));
  const turns = numbers(1, 30).map((round) => round * 41);
  for (const limit of [1, 29, 30, 31, 1000]) assert.deepEqual(await walk(['turn.*'], limit), turns);
});
