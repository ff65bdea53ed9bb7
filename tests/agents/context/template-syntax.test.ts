import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesIn, parseTemplate, renderTemplate } from '../../../src/agents/context/template-syntax.js';

const render = (text: string, values: Record<string, string> = {}): string | undefined =>
  renderTemplate(parseTemplate(text).nodes, values);

const rendered: readonly [text: string, values: Record<string, string>, expected: string][] = [
  ['plain', {}, 'plain'],
  ['Hello {{ name }}!', { name: 'Ann' }, 'Hello Ann!'],
  ['{{asker.name}}', {}, ''],
  ['{{#a}}yes {{a}}{{/a}}{{^a}}no{{/a}}', { a: '1' }, 'yes 1'],
  ['{{#a}}yes{{/a}}{{^a}}no{{/a}}', { a: '' }, 'no'],
  ['{{#a}}{{#b}}both{{/b}}{{^b}}one{{/b}}{{/a}}', { a: '1' }, 'one'],
  ['a\n\n\n\n\nb', {}, 'a\n\nb'],
  ['{{x}}', { x: '{{y}} {{#z}}', y: 'never' }, '{{y}} {{#z}}'],
  ['{ "a": {"b": 1} }', {}, '{ "a": {"b": 1} }'],
];
for (const [text, values, expected] of rendered) {
  test(`${JSON.stringify(text)} becomes ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(parseTemplate(text).problems, []);
    assert.equal(render(text, values), expected);
  });
}

const faulty: readonly [text: string, message: RegExp, line: number, column: number][] = [
  ['{{', /opens neither/, 1, 1],
  ['a {{ b', /opens neither/, 1, 3],
  ['a\nb {{1x}}', /opens neither/, 2, 3],
  ['{{#a}}', /\{\{#a\}\} is not closed/, 1, 1],
  ['x\n\n  {{/a}}', /closes nothing/, 3, 3],
  ['{{#a}}{{/b}}{{/a}}', /\{\{\/b\}\} closes nothing/, 1, 7],
  ['{{constructor.name()}}', /opens neither/, 1, 1],
  ['{{> partial}}', /opens neither/, 1, 1],
  ['{{{raw}}}', /opens neither/, 1, 1],
  [`${'{{#a}}'.repeat(11)}${'{{/a}}'.repeat(11)}`, /over 10 deep/, 1, 61],
];
for (const [text, message, line, column] of faulty) {
  test(`${JSON.stringify(text.slice(0, 30))} is faulty at ${line}:${column}`, () => {
    const [problem] = parseTemplate(text).problems;
    assert.match(problem?.message ?? '', message);
    assert.deepEqual([problem?.line, problem?.column], [line, column]);
  });
}

test('names of what every object has are names of nothing', () => {
  for (const name of ['constructor', 'toString', 'hasOwnProperty', 'valueOf'])
    assert.equal(render(`[{{${name}}}]`), '[]');
});

test('every name is told, also in sections', () => {
  const names = [...namesIn(parseTemplate('{{a}}{{#b}}{{c.d}}{{/b}}').nodes)].map(({ name }) => name);
  assert.deepEqual(names, ['a', 'b', 'c.d']);
});

test('a text that repeats a large value grows no further than it may', () => {
  assert.equal(render('{{a}}'.repeat(3000), { a: 'x'.repeat(100_000) }), undefined);
});

test('what stands too deep is not read on', () => {
  const { nodes, problems } = parseTemplate('{{#a}}'.repeat(2700));
  assert.ok(problems.length < 20);
  assert.ok([...namesIn(nodes)].length < 20);
});
