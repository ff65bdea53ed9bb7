import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergePatch } from '../../src/modules/merge-patch.js';

// The table of RFC 7396, appendix A, and what a hub must not stumble over.

const merges: readonly [target: unknown, patch: unknown, merged: unknown][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

for (const [target, patch, merged] of merges) {
  test(`${JSON.stringify(target)} with ${JSON.stringify(patch)} is ${JSON.stringify(merged)}`, () => {
    assert.deepEqual(mergePatch(target, patch), merged);
  });
}

test('neither the target nor the patch is changed', () => {
  const [target, patch] = [{ a: { b: 1 }, c: [1] }, { a: { d: 2 } }];
  const before = structuredClone([target, patch]);
  mergePatch(target, patch);
  assert.deepEqual([target, patch], before);
});

test('a patch that names the prototype leaves all prototypes alone', () => {
  mergePatch({}, JSON.parse('{"__proto__": {"isAdmin": true}, "constructor": {"prototype": {"isAdmin": true}}}'));
  assert.equal('isAdmin' in {}, false);
});
