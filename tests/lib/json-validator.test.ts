import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { bodyValidator, queryValidator } from '../../src/lib/json-validator.js';

const Order = Type.Object(
  {
    count: Type.Integer({ minimum: 1, maximum: 10 }),
    kind: Type.Optional(Type.Union([Type.Literal('big'), Type.Literal('small')])),
    when: Type.Optional(Type.String({ format: 'date-time' })),
    lines: Type.Optional(Type.Array(Type.Object({ name: Type.String() }, { additionalProperties: false }))),
  },
  { additionalProperties: false },
);
const bodyProblems = bodyValidator(Order);
const said = (value: unknown): string[] => bodyProblems(value).map(({ pointer, message }) => `${pointer} ${message}`);

test('a body that fits has no problems', () => {
  const when = '2026-01-01T00:00:00Z';
  assert.deepEqual(said({ count: 1, kind: 'big', when, lines: [{ name: 'a' }] }), []);
});

const wrong: readonly [what: string, body: unknown, ...said: string[]][] = [
  ['an unknown field', { count: 1, cuont: 2 }, '/cuont is not a known field'],
  ['an unknown field deep inside', { count: 1, lines: [{ name: 'a', x: 1 }] }, '/lines/0/x is not a known field'],
  ['a missing field', {}, '/count is required'],
  ['a text for a number', { count: '1' }, '/count must be integer'],
  ['a number out of bounds', { count: 11 }, '/count must be <= 10'],
  ['a time of no form', { count: 1, when: 'soon' }, '/when must match format "date-time"'],
  ['no object', [], ' must be object'],
  ['nothing', null, ' must be object'],
  ['two mistakes at once', { count: 0, x: 1 }, '/x is not a known field', '/count must be >= 1'],
];

for (const [what, body, ...expected] of wrong) {
  test(`${what} is named with its place`, () => assert.deepEqual(said(body), expected));
}

test('a word that is not among the allowed ones is told which are', () => {
  assert.deepEqual(
    said({ count: 1, kind: 'huge' }).filter((text) => text.includes('"')),
    ['/kind must be equal to constant: "big"', '/kind must be equal to constant: "small"'],
  );
});

test('at most twenty problems are named', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`field${index}`, 1]));
  assert.equal(said({ count: 1, ...many }).length, 20);
});

test('a query is texts: numbers and booleans are read from them, and defaults filled in', () => {
  const problemsOf = queryValidator(
    Type.Object({ limit: Type.Integer({ default: 100 }), force: Type.Optional(Type.Boolean()) }),
  );
  const query: Record<string, unknown> = { force: 'true' };
  assert.deepEqual(problemsOf(query), []);
  assert.deepEqual(query, { limit: 100, force: true });
  assert.deepEqual(problemsOf({ limit: 'many' }), [{ pointer: '/limit', message: 'must be integer' }]);
});

test('a body is taken as it is: nothing is converted and nothing filled in', () => {
  const body = { count: 1 };
  assert.deepEqual(bodyProblems(body), []);
  assert.deepEqual(body, { count: 1 });
});
