import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { openEventStream } from '../support/event-stream.js';
import { shareHub } from '../support/shared-hub.js';
import { connectStream, register } from '../support/stream-client.js';

// A subscriber that is cut off again and again, at random, and comes back each time with the last number it saw.

const EVENTS = 20_000;
const CUTS = 100;
const BATCH = 500;

const hub = await shareHub({ settings: { GRANGER_DURABILITY: 'normal' } });
await register(hub, 'Producer', 'Worker');

const batch = JSON.stringify(Array.from({ length: BATCH }, () => ({ from: 'Producer', to: 'Worker' })));

/** Each batch is sent when the subscriber has seen about as much: so most cuts fall between live events. */
const sendAll = async (seen: readonly number[]): Promise<void> => {
  for (let sent = 0; sent < EVENTS; sent += BATCH) {
    const { status } = await hub.call('POST', '/v1/messages', batch);
    assert.equal(status, 200);
    while (seen.length < sent - 2 * BATCH) await new Promise(setImmediate);
  }
};

const sentSince = async (start: number): Promise<number[]> => {
  const seqs: number[] = [];
  for (let cursor: string | null = String(start); cursor !== null; ) {
    const { body } = await hub.call('GET', `/v1/events?types=message.sent&limit=1000&cursor=${cursor}`);
    seqs.push(...body.items.map(({ seq }: { seq: number }) => seq));
    cursor = body.nextCursor;
  }
  return seqs;
};

/** How many events it sees before each cut: the pieces between random places. */
const lives = (): number[] => {
  const places = Array.from({ length: CUTS }, () => 1 + Math.floor(Math.random() * (EVENTS - 2))).sort((a, b) => a - b);
  return places.map((place, index) => place - (places[index - 1] ?? 0));
};

/** Hears from `after` on, at most `most` events. Then it is gone without a goodbye. */
type Hear = (after: number, most: number, seen: number[]) => Promise<void>;

const bySocket: Hear = async (after, most, seen) => {
  const socket = connectStream(hub.url, hub.key);
  let left = most;
  // Cut before it has heard anything, as two cuts may fall on one place.
  if (most === 0) socket.once('open', () => socket.terminate());
  socket.on('message', (data) => {
    const { op, seq } = JSON.parse(String(data));
    if (op !== 'event' || left === 0) return;
    seen.push(seq);
    left -= 1;
    if (left === 0) socket.terminate();
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ op: 'subscribe', id: 'cut', filter: { types: 'message.sent' }, after }));
  await once(socket, 'close');
};

for (const [name, hear] of [
  ['a WebSocket', bySocket],
  [
    'server-sent events',
    async (after, most, seen) => {
      const owner = { after: () => undefined } as never;
      const headers = { 'last-event-id': String(after) };
      const stream = await openEventStream(owner, `${hub.url}/v1/events?types=message.sent`, { key: hub.key, headers });
      for (let left = most; left > 0; ) {
        const block = await stream.next();
        if (block?.data === undefined) continue;
        seen.push(JSON.parse(block.data).seq);
        left -= 1;
      }
      stream.close();
    },
  ],
] as readonly [string, Hear][]) {
  test(`a subscriber by ${name} that is cut ${CUTS} times while ${EVENTS} events flow sees each once, in order`, async () => {
    const start = (await hub.call('GET', '/v1/stats')).body.events.lastSeq;
    const seen: number[] = [];
    const sending = sendAll(seen);
    for (const life of lives()) await hear(seen.at(-1) ?? start, life, seen);
    await hear(seen.at(-1) ?? start, EVENTS - seen.length, seen);
    await sending;
    assert.deepEqual(seen, await sentSince(start));
  });
}
