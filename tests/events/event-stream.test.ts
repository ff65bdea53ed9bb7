import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openEventStream } from '../support/event-stream.js';
import { createKey } from '../support/hub-keys.js';
import { startHubThatKeepsFrom4 } from '../support/pruned-events.js';
import { shareHub } from '../support/shared-hub.js';
import { register } from '../support/stream-client.js';
import { numbers } from '../support/test-events.js';
import { startTestHub, type TestHub } from '../support/test-hub.js';

// GET /v1/events with accept: text/event-stream

const shared = await shareHub();
await register(shared, 'Producer', 'Worker');

const lastSeqOf = async (hub: TestHub): Promise<number> => (await hub.call('GET', '/v1/stats')).body.events.lastSeq;

const touch = async (hub: TestHub, module = 'Worker'): Promise<void> => {
  await hub.call('PATCH', `/v1/modules/${module}`, { version: String(await lastSeqOf(hub)) });
};

const open = (t: TestContext, hub: TestHub, query: string, headers: Readonly<Record<string, string>> = {}) =>
  openEventStream(t, `${hub.url}/v1/events${query}`, { key: hub.key, headers });

const seqsOf = (events: readonly { seq: number }[]): number[] => events.map(({ seq }) => seq);

test('a stream says at once that it is open, and is not to be kept by anybody on the way', async (t) => {
  const stream = await open(t, shared, '');
  assert.equal(stream.response.status, 200);
  assert.equal(stream.response.headers.get('content-type'), 'text/event-stream');
  assert.equal(stream.response.headers.get('cache-control'), 'no-store');
  assert.notEqual((await stream.next())?.comment, undefined);
});

test('events come with their numbers as ids, first those that were, then those that come', async (t) => {
  const last = await lastSeqOf(shared);
  const stream = await open(t, shared, '?after=0');
  await stream.next();
  await touch(shared);
  for (const seq of numbers(1, last + 1)) {
    const block = await stream.next();
    assert.deepEqual([block?.id, JSON.parse(block?.data ?? '').seq], [String(seq), seq]);
  }
});

test('a client that comes back says the last number it saw, which goes before the one in the address', async (t) => {
  const last = await lastSeqOf(shared);
  const stream = await open(t, shared, '?after=0', { 'last-event-id': String(last - 1) });
  assert.deepEqual(seqsOf(await stream.take(1)), [last]);
});

test('without a number a stream starts with what comes next', async (t) => {
  const last = await lastSeqOf(shared);
  const stream = await open(t, shared, '');
  await stream.next();
  await touch(shared);
  assert.deepEqual(seqsOf(await stream.take(1)), [last + 1]);
});

test('a stream is filtered as a page is', async (t) => {
  const stream = await open(t, shared, '?types=module.updated&module=Producer');
  await stream.next();
  await touch(shared, 'Worker');
  await touch(shared, 'Producer');
  const [event] = await stream.take(1);
  assert.deepEqual([event.type, event.subject.module], ['module.updated', 'Producer']);
});

test('a stream that asks for what cannot be is answered with a problem', async () => {
  const ask = (query: string) => shared.call('GET', `/v1/events${query}`, undefined, { accept: 'text/event-stream' });
  const { status, headers, body } = await ask('?types=Message');
  assert.deepEqual([status, body.code], [400, 'invalid_request']);
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
});

test('a number that is not kept any more is answered with 410, in the address and as the last one seen', async (t) => {
  const hub = await startHubThatKeepsFrom4(t);
  for (const [query, lastId] of [
    ['?after=1', undefined],
    ['', '2'],
  ] as const) {
    const headers = { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
    const gone = await hub.call('GET', `/v1/events${query}`, undefined, headers);
    assert.deepEqual([gone.status, gone.body.code], [410, 'cursor_expired']);
  }
  const whole = await open(t, hub, '?after=3');
  assert.equal((await whole.take(1))[0].seq, 4);
});

test('a hub that stops ends its streams as they should end', async (t) => {
  const hub = await startTestHub(t);
  const streams = await Promise.all(numbers(1, 12).map(() => open(t, hub, '?after=0')));
  for (const stream of streams) await stream.take(1);
  const stopped = hub.stop();
  for (const stream of streams) await stream.rest();
  await stopped;
  assert.deepEqual(hub.errors, []);
});

test('a stream whose key is revoked ends, and others go on', async (t) => {
  const observer = await createKey(shared, { scope: 'observer' });
  const [other, stream] = [await open(t, shared, ''), await openEventStream(t, `${shared.url}/v1/events`, observer)];
  await stream.next();
  await shared.call('DELETE', `/v1/keys/${observer.id}`);
  const last = await stream.rest();
  assert.ok(last.every(({ type }) => type === 'key.revoked'));
  assert.equal((await other.take(1))[0].type, 'key.revoked');
});

test('many streams that open and close leave no trace', async (t) => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const streams = await Promise.all(numbers(1, 30).map(() => open(t, shared, '')));
  for (const stream of streams) await stream.next();
  for (const stream of streams) stream.close();
  await touch(shared);
  assert.deepEqual(warnings, []);
  assert.deepEqual(shared.errors, []);
});
