import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineOfPointer, parseDescriptorText } from '../../src/modules/descriptor-file.js';

const text = `# what it does
name: Processor
capabilities:
  - data_processing
  - "second/one"
runtime:
  type: claude
  allowedTools: [Bash,
    Read]
`;

test('YAML is read, and JSON as a part of it', () => {
  assert.deepEqual(parseDescriptorText('capabilities: [a, "b"]\nlimits: {maxPending: 5}'), {
    capabilities: ['a', 'b'],
    limits: { maxPending: 5 },
  });
  assert.deepEqual(parseDescriptorText('{"name": "A", "metadata": {"on": true}}'), {
    name: 'A',
    metadata: { on: true },
  });
});

const refused: readonly [what: string, text: string, says: RegExp][] = [
  ['a bracket that is not closed', 'a: 1\nb: [1, 2\n', /line 3, column 1/],
  ['a tab for indentation', 'a:\n\tb: 1\n', /line 2, column/],
  ['a member that comes twice', 'a: 1\nb: 2\na: 3\n', /line 3, column 1: Map keys must be unique/],
  ['two documents', 'a: 1\n---\nb: 2\n', /line 2.*multiple documents/],
  ['an alias of nothing', 'a: *b\n', /alias.*b/],
  ['an alias of itself', 'a: &a [*a]\n', /./],
  [
    'aliases that multiply',
    'a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: &d [*c,*c,*c]\ne: [*d,*d]\n',
    /alias/,
  ],
  ['more aliases than anybody needs', `a: &a 1\nb: [${'*a,'.repeat(5000)}]\n`, /aliases/],
  ['lists in each other, far too deep', `${'['.repeat(5000)}${']'.repeat(5000)}`, /nested over 100 levels/],
  ['dashes in each other, far too deep', `${'- '.repeat(5000)}a`, /nested over 100 levels/],
  ['keys in each other, far too deep', `${'? '.repeat(5000)}a`, /nested over 100 levels/],
  [
    'members in each other, far too deep',
    Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    /nested/,
  ],
];

for (const [what, bad, says] of refused) {
  test(`${what}: refused as bad YAML`, () => {
    assert.throws(() => parseDescriptorText(bad), { name: 'HubError', code: 'invalid_yaml', message: says });
  });
}

test('a hundred levels are not too deep, and a few aliases are ordinary', () => {
  const levels = 100;
  const [open, close] = ['['.repeat(levels), ']'.repeat(levels)];
  assert.deepEqual(JSON.stringify(parseDescriptorText(`${open}${close}`)), `${open}${close}`);
  assert.deepEqual(parseDescriptorText('a: &a [1]\nb: *a\nc: *a\n'), { a: [1], b: [1], c: [1] });
});

const places: readonly [pointer: string, line: number][] = [
  ['/name', 2],
  ['/capabilities', 4],
  ['/capabilities/1', 5],
  ['/runtime/type', 7],
  ['/runtime/allowedTools/1', 9],
  ['/runtime/model', 7],
  ['/missing', 1],
  ['', 1],
];

for (const [pointer, line] of places) {
  test(`what is wrong at ${JSON.stringify(pointer)} stands on line ${line}`, () => {
    assert.equal(lineOfPointer(text, pointer), line);
  });
}

test('a member whose name has a slash or a tilde is found', () => {
  assert.equal(lineOfPointer('a: 1\n"b/c": 2\n"d~e": 3\n', '/b~1c'), 2);
  assert.equal(lineOfPointer('a: 1\n"b/c": 2\n"d~e": 3\n', '/d~0e'), 3);
});
