import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaPath, linePath, niceCeiling } from '../../src/dashboard/chart-lines.js';

test('a scale ends at a number that is easy to halve', () => {
  assert.deepEqual(
    [0, 4, 4.1, 17, 21, 450, 1001].map((value) => niceCeiling(value)),
    [4, 4, 5, 20, 40, 500, 2000],
  );
});

test('the highest value touches the top, and nought the ground', () => {
  assert.equal(linePath([0, 2, 4], 4), 'M0 100L1 50L2 0');
  assert.equal(areaPath([0, 4], 4), 'M0 100L1 0L1 100L0 100Z');
  assert.equal(areaPath([], 4), '');
});
