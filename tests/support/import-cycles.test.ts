import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCycles } from './import-cycles.js';

const cyclesOf = (imports: Record<string, string[]>): string[] => findCycles(new Map(Object.entries(imports)));

test('files that share what they import are in no cycle', () => {
  assert.deepEqual(cyclesOf({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }), []);
});

test('a cycle is named from its first file to the same again, without the way to it', () => {
  assert.deepEqual(cyclesOf({ start: ['a'], a: ['b'], b: ['c'], c: ['a'] }), ['a -> b -> c -> a']);
});

test('a file that imports itself is a cycle, and two cycles are both named', () => {
  assert.deepEqual(cyclesOf({ a: ['a', 'b'], b: ['c'], c: ['b'] }), ['a -> a', 'b -> c -> b']);
});
