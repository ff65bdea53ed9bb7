import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventsLost } from '../../src/client/hub-errors.js';
import type { HubEvent } from '../../src/client/hub-types.js';
import { openCuttableLine } from '../support/cuttable-line.js';
import { startHubThatKeepsFrom4 } from '../support/pruned-events.js';
import { register, send } from '../support/stream-client.js';
import { latch, openClient } from '../support/test-client.js';
import { makeFolder, startTestHub } from '../support/test-hub.js';

/** The next so many. */
const take = async (events: AsyncIterator<HubEvent>, count: number): Promise<HubEvent[]> => {
  const taken: HubEvent[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
};
const typesOf = (events: readonly HubEvent[]): string[] => events.map(({ type }) => type);

test('events from a number on come first, and then those that happen', async (t) => {
  const hub = await startTestHub(t);
  const client = openClient(t, hub);
  await register(hub, 'Producer', 'Worker');
  const events = client.events({ after: 0, types: ['module.*', 'message.sent'] });
  const old = await take(events, 2);
  assert.deepEqual(typesOf(old), ['module.registered', 'module.registered']);
  const next = take(events, 1);
  const messageId = await send(hub, {});
  const [sent] = await next;
  assert.deepEqual([sent?.type, sent?.subject.messageId], ['message.sent', messageId]);
  await events.return();
});

test('without a number they start with what comes next', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Early');
  const events = openClient(t, hub).events({ types: ['module.registered'] });
  const next = take(events, 1);
  // Whoever asks for the first has not said that it is connected: modules are registered until one is seen.
  let n = 0;
  let seen: HubEvent[] | undefined;
  void next.then((found) => {
    seen = found;
  });
  while (seen === undefined) await register(hub, `Late${n++}`);
  assert.match(String(seen[0]?.subject.module), /^Late/);
  await events.return();
});

test('a hub that restarts in the middle costs no event and gives none twice', async (t) => {
  const folder = await makeFolder(t);
  const first = await startTestHub(t, { folder });
  await register(first, 'Producer', 'Worker');
  const line = await openCuttableLine(t, first.url);
  const lost = latch();
  const client = openClient(t, { url: line.url, key: first.key });
  const events = client.events({ after: 0, types: ['message.sent'], onLost: () => lost.release() });
  const ids = [await send(first, {})];
  const seen = await take(events, 1);
  const more = take(events, 2);
  ids.push(await send(first, {}));
  await first.stop();
  const second = await startTestHub(t, { folder, settings: { GRANGER_ADMIN_KEY: 'another-key-of-the-admin' } });
  assert.notEqual(second.key, first.key, 'the client cannot come back yet');
  await second.stop();
  const third = await startTestHub(t, { folder });
  line.leadTo(third.url);
  ids.push(await send(third, {}));
  seen.push(...(await more));
  assert.deepEqual(
    seen.map(({ subject }) => subject.messageId),
    ids,
  );
  await events.return();
});

test('a connection that breaks costs no event', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const line = await openCuttableLine(t, hub.url);
  const lost = latch<Error>();
  const client = openClient(t, { url: line.url, key: hub.key });
  const events = client.events({ after: 0, types: ['message.sent'], onLost: lost.release });
  const ids = [await send(hub, {})];
  const seen = await take(events, 1);
  const more = take(events, 1);
  line.cut();
  assert.equal((await lost.opened).name, 'HubUnreachable');
  ids.push(await send(hub, {}));
  seen.push(...(await more));
  assert.deepEqual(
    seen.map(({ subject }) => subject.messageId),
    ids,
  );
  await events.return();
});

test('who asks for what is not kept any more is told so', async (t) => {
  const client = openClient(t, await startHubThatKeepsFrom4(t));
  await assert.rejects(take(client.events({ after: 1 }), 1), (error: unknown) => {
    assert.ok(error instanceof EventsLost);
    assert.equal(error.oldestSeq, 4);
    return true;
  });
});

test('and who has said what to do about it goes on with the oldest', async (t) => {
  const client = openClient(t, await startHubThatKeepsFrom4(t));
  const resets: number[] = [];
  const events = client.events({ after: 1, onReset: (oldestSeq) => resets.push(oldestSeq) });
  const [event] = await take(events, 1);
  assert.deepEqual([resets, event?.seq], [[4], 4]);
  await events.return();
});

test('another database behind the same address starts anew, and says so', async (t) => {
  const first = await startTestHub(t);
  await register(first, 'A', 'B', 'C', 'D', 'E');
  const line = await openCuttableLine(t, first.url);
  const settings = { GRANGER_ADMIN_KEY: first.key };
  const client = openClient(t, { url: line.url, key: first.key });
  const resets: number[] = [];
  const events = client.events({ after: 0, types: ['module.*'], onReset: (oldest) => resets.push(oldest) });
  assert.equal((await take(events, 5)).length, 5);
  const more = take(events, 1);
  const second = await startTestHub(t, { settings });
  await register(second, 'New');
  line.leadTo(second.url);
  line.cut();
  assert.equal((await more)[0]?.subject.module, 'New');
  assert.deepEqual(resets, [1]);
  await events.return();
});

test('the signal ends the stream without an error, also while it waits', async (t) => {
  const hub = await startTestHub(t);
  const controller = new AbortController();
  const events = openClient(t, hub).events({ types: ['module.removed'], signal: controller.signal });
  const next = take(events, 1);
  controller.abort();
  assert.deepEqual(await next, []);
});

test('a wrong filter is refused at once', async (t) => {
  const hub = await startTestHub(t);
  await assert.rejects(take(openClient(t, hub).events({ message: 'nonsense' }), 1), { code: 'invalid_request' });
});
