import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  age,
  bytes,
  compact,
  cost,
  duration,
  overallState,
  perSecond,
  preview,
  targetOf,
} from '../../src/dashboard/format.js';

const table = <T>(name: string, format: (value: T) => string, cases: readonly (readonly [T, string])[]) =>
  test(name, () => {
    for (const [value, text] of cases) assert.equal(format(value), text);
  });

table('counts are short', compact, [
  [0, '0'],
  [9999, '9999'],
  [10_000, '10k'],
  [12_345, '12.3k'],
  [123_456, '123k'],
  [4_200_000, '4.2M'],
]);

table('rates are whole where they are large', perSecond, [
  [0, '0'],
  [0.25, '0.3'],
  [9.94, '9.9'],
  [12.4, '12'],
]);

table('durations have the unit that fits', duration, [
  [-5, '0 ms'],
  [999, '999 ms'],
  [2487, '2.5 s'],
  [59_999, '59 s'],
  [62_000, '1 min 02 s'],
  [3_720_000, '1 h 02 min'],
  [200_000_000, '2 d 7 h'],
]);

table('money is told to the cent', cost, [
  [0, '$0'],
  [0.004, '< $0.01'],
  [1.239, '$1.24'],
]);

table('sizes are told in powers of 1024', bytes, [
  [512, '512 B'],
  [1536, '1.5 KB'],
  [3 * 1024 ** 3, '3.0 GB'],
]);

test('an age is told in one unit, and a clock that is ahead is no reason for a negative one', () => {
  const at = Date.parse('2026-01-01T00:00:00Z');
  const told = [-500, 400, 1000, 61_000, 7_200_000, 86_400_000 * 3].map((ms) => age(at, at + ms));
  assert.deepEqual(told, ['now', 'now', '1 s', '1 min', '2 h', '3 d']);
  assert.equal(age(undefined, at), '');
  assert.equal(age('2026-01-01T00:00:00Z', at + 5000), '5 s');
});

test('a payload is told by its words where it has some, else as JSON, in one line of bounded length', () => {
  assert.equal(preview({ message: 'Please\n process  this', batch: [1] }), 'Please process this');
  assert.equal(preview({ response: 'Done', message: 'Please' }), 'Done');
  assert.equal(preview({ image: 'cat.png' }), '{"image":"cat.png"}');
  assert.equal(preview(42), '42');
  assert.equal(preview(null), '');
  assert.equal(preview('x'.repeat(500), 10), `${'x'.repeat(9)}…`);
});

test('a message is for a module, a channel, a capability, or everyone', () => {
  assert.equal(targetOf({ to: 'Resizer', capability: 'resize' }), 'Resizer');
  assert.equal(targetOf({ channel: 'uploads', broadcast: true }), '#uploads');
  assert.equal(targetOf({ capability: 'resize' }), 'resize');
  assert.equal(targetOf({ broadcast: true }), 'everyone');
});

test('of several deliveries the one that needs most is told', () => {
  const states = (...names: string[]) => overallState(names.map((state) => ({ state })));
  assert.equal(states('done', 'dead', 'pending'), 'dead');
  assert.equal(states('done', 'leased', 'pending'), 'leased');
  assert.equal(states('done', 'done'), 'done');
  assert.equal(states(), 'undelivered');
});
