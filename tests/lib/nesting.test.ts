import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeeperThan } from '../../src/lib/nesting.js';

const levels: readonly [value: unknown, levels: number][] = [
  ['text', 0],
  [null, 0],
  [undefined, 0],
  [[], 1],
  [{}, 1],
  [{ a: 1, b: [] }, 2],
  [[1, [2, { c: [] }]], 4],
];

for (const [value, count] of levels) {
  test(`${JSON.stringify(value)} has ${count} levels`, () => {
    assert.equal(isDeeperThan(count, value), false);
    if (count > 0) assert.equal(isDeeperThan(count - 1, value), true);
  });
}

test('what is far too deep is found out without walking down all of it', () => {
  let deep: unknown = [];
  for (let level = 0; level < 1_000_000; level++) deep = [deep];
  assert.equal(isDeeperThan(100, deep), true);
});
