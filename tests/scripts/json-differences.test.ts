import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileText, jsonDifferences } from '../../scripts/json-differences.js';

test('documents that differ in the order of their keys only do not differ', () => {
  assert.deepEqual(jsonDifferences({ a: 1, b: { c: [2], d: null } }, { b: { d: null, c: [2] }, a: 1 }), []);
});

test('a changed, an added and a removed value are named by their pointers', () => {
  const before = { info: { title: 'Hub', version: '1' }, tags: ['a', 'b'], old: true };
  const after = { info: { title: 'Hub', version: '2' }, tags: ['a', 'b', 'c'], fresh: true };
  assert.deepEqual(jsonDifferences(before, after), ['/info/version', '/tags/2', '/old', '/fresh']);
});

test('a value that became another kind of value is named once, not by its parts', () => {
  assert.deepEqual(jsonDifferences({ schema: { a: 1, b: 2 } }, { schema: [1, 2] }), ['/schema']);
  assert.deepEqual(jsonDifferences({ schema: null }, { schema: {} }), ['/schema']);
});

test('slashes and tildes of a key are escaped as RFC 6901 says', () => {
  assert.deepEqual(jsonDifferences({ '/v1/~x': 1 }, { '/v1/~x': 2 }), ['/~1v1~1~0x']);
});

test('a document that is not there differs as a whole', () => {
  assert.deepEqual(jsonDifferences(null, { openapi: '3.1.0' }), ['']);
});

test('what is written to a file comes back without a difference', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(jsonDifferences(JSON.parse(JSON.stringify(value)), JSON.parse(fileText(value))), []);
    }),
  );
});
