import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rates, WINDOW_SECONDS } from '../../src/dashboard/rates.js';

const start = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number): number => start + seconds * 1000;
const newest = (rates: Rates, name: string, now: number, count: number) => rates.series(name, now).slice(-count);

test('what happens is counted in its second', () => {
  const rates = new Rates();
  for (const seconds of [0, 0.2, 0.9, 2]) rates.add('sent', at(seconds));
  assert.deepEqual(newest(rates, 'sent', at(3), 5), [0, 3, 0, 1, 0]);
  assert.equal(rates.series('sent', at(3)).length, WINDOW_SECONDS);
});

test('history that comes late finds its second, and what is too old is left out', () => {
  const rates = new Rates();
  rates.add('sent', at(10));
  rates.add('sent', at(8));
  rates.add('sent', at(10 - WINDOW_SECONDS));
  assert.deepEqual(newest(rates, 'sent', at(10), 3), [1, 0, 1]);
  assert.equal(
    rates.series('sent', at(10)).reduce((sum, count) => sum + count, 0),
    2,
  );
});

test('names are counted apart, and one that never came is all noughts', () => {
  const rates = new Rates();
  rates.add('sent A', at(0));
  rates.add('sent B', at(0), 2);
  assert.deepEqual(newest(rates, 'sent A', at(0), 1), [1]);
  assert.deepEqual(newest(rates, 'sent B', at(0), 1), [2]);
  assert.deepEqual(newest(rates, 'sent C', at(0), 1), [0]);
});

test('the rate is the mean of the last whole seconds: the one that runs does not pull it down', () => {
  const rates = new Rates();
  for (let second = 0; second < 5; second++) rates.add('sent', at(second), 10);
  assert.equal(rates.perSecond('sent', at(5)), 10);
  rates.add('sent', at(5), 1);
  assert.equal(rates.perSecond('sent', at(5.5)), 10);
  assert.equal(rates.perSecond('sent', at(100)), 0);
});
