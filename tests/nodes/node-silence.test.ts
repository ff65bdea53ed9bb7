import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEAT_MS, isLost, mayJudge, steadySince } from '../../src/nodes/node-silence.js';

interface Moment {
  /** What the clock of the hub has gone on by since the look before, and that of the database. */
  readonly hubMs: number;
  readonly databaseMs: number;
}

const steady: Moment = { hubMs: BEAT_MS, databaseMs: BEAT_MS };
const beats = (count: number): Moment[] => Array.from({ length: count }, () => steady);

/** Whether a hub that lives through this may judge others at the last look. */
const judgesAfter = (moments: readonly Moment[]): boolean => {
  let since = Number.POSITIVE_INFINITY;
  let at = 0;
  let may = false;
  for (const { hubMs, databaseMs } of moments) {
    at += hubMs;
    since = steadySince(since, { at, ownSilenceMs: databaseMs });
    may = mayJudge(since, { at, ownSilenceMs: databaseMs });
  }
  return may;
};

const lives: readonly [what: string, moments: readonly Moment[], judges: boolean][] = [
  ['has just come', beats(1), false],
  ['has beaten for less than it takes to be lost', beats(4), false],
  ['has beaten for longer', beats(5), true],
  ['beats late, but not by much', [...beats(5), { hubMs: 3900, databaseMs: 3900 }], true],
  ['was stopped, and its clock went on', [...beats(9), { hubMs: 60_000, databaseMs: 60_000 }], false],
  ['slept with its machine, and its clock with it', [...beats(9), { hubMs: 10, databaseMs: 600_000 }], false],
  ['meets a clock of the database that was set on', [...beats(9), { hubMs: 2000, databaseMs: 9000 }], false],
  ['meets a clock of the database that was set back', [...beats(9), { hubMs: 2000, databaseMs: -9000 }], true],
  ['has stood still and is hardly steady', [...beats(9), { hubMs: 9000, databaseMs: 9000 }, ...beats(3)], false],
  ['has stood still and is steady again', [...beats(9), { hubMs: 9000, databaseMs: 9000 }, ...beats(4)], true],
];

for (const [what, moments, judges] of lives)
  test(`a hub that ${what} ${judges ? 'judges others' : 'judges nobody'}`, () => {
    assert.equal(judgesAfter(moments), judges);
  });

test('who beats every 2 s is not lost, not even by one who is late itself, and who is dead is lost within 10 s', () => {
  assert.equal(isLost(BEAT_MS + 2 * BEAT_MS), false);
  assert.equal(isLost(10_000 - BEAT_MS), true);
});
