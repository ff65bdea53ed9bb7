import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterRefusal, isOpenAt, newLane } from '../../../src/agents/lanes/lane-state.js';

const latest = () => 1;

test('a refusal pauses a lane until the time that the provider says', () => {
  const lane = afterRefusal(newLane('a'), { reason: 'limit', until: 90_000, now: 1000 }, latest);
  assert.deepEqual(lane, { name: 'a', pausedUntil: 90_000, reason: 'limit', failures: 1 });
  assert.deepEqual([isOpenAt(lane, 89_999), isOpenAt(lane, 90_000)], [false, true]);
});

test('where the provider says no time, or one that is over, the pause doubles with each refusal, up to ten minutes', () => {
  let lane = newLane('a');
  const pauses: number[] = [];
  for (let refusal = 0; refusal < 8; refusal++) {
    const now = lane.pausedUntil ?? 0;
    lane = afterRefusal(lane, { reason: 'limit', until: refusal === 0 ? 0 : undefined, now }, latest);
    pauses.push(lane.pausedUntil! - now);
  }
  assert.deepEqual(pauses, [15_000, 30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
});

test('a second refusal of the same pause neither counts nor makes it shorter', () => {
  const lane = afterRefusal(newLane('a'), { reason: 'limit', until: 90_000, now: 0 }, latest);
  const again = afterRefusal(lane, { reason: 'limit', until: 20_000, now: 10_000 }, latest);
  assert.deepEqual([again.pausedUntil, again.failures], [90_000, 1]);
  assert.equal(afterRefusal(lane, { reason: 'limit', until: 95_000, now: 10_000 }, latest).pausedUntil, 95_000);
});
