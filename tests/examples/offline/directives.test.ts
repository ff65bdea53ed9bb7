import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDirectives } from '../../../examples/offline/directives.js';

const READINGS: readonly (readonly [string, unknown])[] = [
  ['[[say hello there]]', { kind: 'say', text: 'hello there' }],
  ['[[thinking let me see]]', { kind: 'thinking', text: 'let me see' }],
  ['[[echo]]', { kind: 'echo' }],
  ['[[unicode]]', { kind: 'unicode' }],
  ['[[hang]]', { kind: 'hang' }],
  ['[[hang-before-first]]', { kind: 'hang-before-first' }],
  ['[[slow 200ms x 5]]', { kind: 'slow', pauseMs: 200, chunks: 5 }],
  ['[[long 5MB]]', { kind: 'long', bytes: 5 * 1024 * 1024 }],
  ['[[long 3KB]]', { kind: 'long', bytes: 3072 }],
  ['[[fail 529]]', { kind: 'fail', status: 529, retryAfterSeconds: undefined, times: Number.POSITIVE_INFINITY }],
  ['[[fail 529 x 2]]', { kind: 'fail', status: 529, retryAfterSeconds: undefined, times: 2 }],
  ['[[fail 429 retry-after 1]]', { kind: 'fail', status: 429, retryAfterSeconds: 1, times: Number.POSITIVE_INFINITY }],
  ['[[fail 429 retry-after 1 x 3]]', { kind: 'fail', status: 429, retryAfterSeconds: 1, times: 3 }],
  ['[[tool Glob]]', { kind: 'tool', name: 'Glob', input: {} }],
  ['[[tool Bash {"command":"ls"}]]', { kind: 'tool', name: 'Bash', input: { command: 'ls' } }],
];

for (const [text, directive] of READINGS) {
  test(`${text} is read`, () => {
    assert.deepEqual(parseDirectives(`Please ${text}, thank you.`), [directive]);
  });
}

test('directives keep their order', () => {
  const kinds = parseDirectives('[[say a]] and [[thinking b]] then [[say c]]').map(({ kind }) => kind);
  assert.deepEqual(kinds, ['say', 'thinking', 'say']);
});

test('the input of a tool may hold double brackets', () => {
  const [directive] = parseDirectives('[[tool Write {"lists":[[1],[2]]}]] [[say done]]');
  assert.deepEqual(directive, { kind: 'tool', name: 'Write', input: { lists: [[1], [2]] } });
});

test('a tool directive inside a quoted JSON payload is read too', () => {
  const payload = JSON.stringify({ text: '[[tool Bash {"command":"echo \\"hi\\""}]]' });
  assert.deepEqual(parseDirectives(payload), [{ kind: 'tool', name: 'Bash', input: { command: 'echo "hi"' } }]);
});

for (const text of [
  'no directive',
  '[[unknown]]',
  '[[say]]',
  '[[fail often]]',
  '[[tool Bash {broken]]',
  '[[constructor]]',
  '[[say open',
]) {
  test(`${text} is left alone`, () => {
    assert.deepEqual(parseDirectives(text), []);
  });
}

test('what means nothing does not hide the directive after it', () => {
  assert.deepEqual(parseDirectives('[[tool Bash {broken]] [[what]] [[say ok]]'), [{ kind: 'say', text: 'ok' }]);
});
