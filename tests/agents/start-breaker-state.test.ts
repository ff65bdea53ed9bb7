import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterFailedStart, startRoomOf, startStateAt } from '../../src/agents/start-breaker-state.js';

const latest = () => 1;

test('a failed start opens it for a second, which doubles with each failure in a row, up to a minute', () => {
  let record = afterFailedStart(undefined, { reason: 'no', now: 0 }, latest);
  const rests: number[] = [];
  for (let failure = 0; failure < 8; failure++) {
    const now = record.restUntil;
    record = afterFailedStart(record, { reason: 'no', now }, latest);
    rests.push(record.restUntil - now);
  }
  assert.deepEqual(rests, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('a failure that comes while it is open changes nothing', () => {
  const record = afterFailedStart(undefined, { reason: 'first', now: 0 }, latest);
  assert.equal(afterFailedStart(record, { reason: 'second', now: 999 }, latest), record);
});

test('it is open until the rest is over, then half open', () => {
  const record = afterFailedStart(undefined, { reason: 'no', now: 0 }, latest);
  assert.deepEqual(
    [startStateAt(undefined, 0), startStateAt(record, 999), startStateAt(record, 1000)],
    ['closed', 'open', 'half_open'],
  );
});

test('closed takes any number of turns, open none, half open one at a time', () => {
  const rooms = (['closed', 'open', 'half_open'] as const).map((state) => [
    startRoomOf(state, 0),
    startRoomOf(state, 1),
  ]);
  const any = Number.POSITIVE_INFINITY;
  assert.deepEqual(rooms, [
    [any, any],
    [0, 0],
    [1, 0],
  ]);
});
