import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkUserSchema, fitProblems, type UserSchema } from '../../src/modules/user-schema.js';

const batch = {
  type: 'object',
  required: ['batch'],
  properties: { batch: { type: 'array', items: { type: 'integer' } }, since: { type: 'string', format: 'date-time' } },
};

const fits = (schema: UserSchema, value: unknown): boolean => fitProblems(schema, value, '').length === 0;

/** Nested objects, each inside `key` of the next. */
const nested = (levels: number, key: string): object => {
  let schema: object = { type: 'string' };
  for (let level = 1; level < levels; level++) schema = { [key]: schema };
  return schema;
};

test('a value that fits has no problems, one that does not is told where', () => {
  assert.deepEqual(fitProblems(batch, { batch: [1, 2], since: '2026-01-01T00:00:00Z', more: true }, '/payload'), []);
  const said = (value: unknown) =>
    fitProblems(batch, value, '/payload').map(({ pointer, message }) => `${pointer} ${message}`);
  assert.deepEqual(said({ batch: [1, 'two'] }), ['/payload/batch/1 must be integer']);
  assert.deepEqual(said({}), ["/payload must have required property 'batch'"]);
  assert.deepEqual(said({ batch: [], since: 'soon' }), ['/payload/since must match format "date-time"']);
});

test('true takes everything, false nothing', () => {
  for (const value of [null, 1, {}, []]) assert.deepEqual([fits(true, value), fits(false, value)], [true, false]);
});

test('a schema may refer to its own parts, also to itself', () => {
  const tree = {
    type: 'object',
    properties: { children: { type: 'array', items: { $ref: '#' } }, size: { $ref: '#/$defs/size' } },
    $defs: { size: { type: 'integer' } },
  };
  checkUserSchema(tree, '/inputSchema');
  assert.equal(fits(tree, { children: [{ children: [], size: 1 }] }), true);
  assert.equal(fits(tree, { children: [{ size: 'big' }] }), false);
});

test('two schemas of one $id do not know each other', () => {
  const [text, number] = ['string', 'number'].map((type) => ({ $id: 'https://example.com/same', type }));
  for (const schema of [text, number]) checkUserSchema(schema!, '/inputSchema');
  assert.deepEqual([fits(text!, 'a'), fits(number!, 'a'), fits(number!, 1)], [true, false, true]);
});

const refused: readonly [what: string, schema: UserSchema, says: RegExp][] = [
  ['a type that is none', { type: 'strin' }, /type/],
  ['a keyword of the wrong form', { required: 'name' }, /required must be array/],
  ['a reference to another host', { $ref: 'http://127.0.0.1:9/schema.json' }, /can't resolve reference/],
  ['a reference to a file', { $ref: 'file:///etc/passwd' }, /can't resolve reference/],
  ['a reference to nothing', { $ref: '#/$defs/missing' }, /can't resolve reference/],
  ['another dialect', { $schema: 'https://example.com/dialect' }, /no schema with key or ref/],
  ['a pattern that is none', { pattern: '(' }, /missing closing \)/],
  ['a pattern that cannot be run in linear time', { pattern: '(?=a)b' }, /invalid or unsupported/],
  ['a pattern that repeats itself', { pattern: '(a)\\1' }, /invalid escape/],
  ['a schema that answers later', { $async: true, type: 'string' }, /\$async/],
  [
    'a part that answers later',
    { $ref: '#/$defs/later', $defs: { later: { $async: true, items: { $ref: '#' } } } },
    /async schema referenced by sync schema/,
  ],
  ['more than 64 K characters', { description: 'x'.repeat(70_000) }, /over 65536 characters/],
  ['more than 32 levels', nested(40, 'not'), /over 32 levels/],
  ['very many levels', nested(5000, 'not'), /over 32 levels/],
  [
    'more parts than can be compiled',
    { allOf: Array.from({ length: 3000 }, () => ({ type: 'string' })) },
    /over 1000 parts/,
  ],
];

for (const [what, schema, says] of refused) {
  test(`${what}: refused with the reason, at its place`, () => {
    assert.throws(
      () => checkUserSchema(schema, '/inputSchema'),
      (error: Error & { code: string; errors: { pointer: string; message: string }[] }) => {
        assert.deepEqual([error.code, error.errors[0]?.pointer], ['invalid_request', '/inputSchema']);
        assert.match(error.errors[0]?.message ?? '', says);
        return true;
      },
    );
  });
}

test('a schema that is deep and one that is wide are taken', () => {
  checkUserSchema(nested(12, 'not'), '/inputSchema');
  const properties = Object.fromEntries(
    Array.from({ length: 900 }, (_, index) => [`field${index}`, { type: 'string' }]),
  );
  checkUserSchema({ properties }, '/inputSchema');
});

test('a keyword or format that nobody knows is let be', () => {
  const schema = { type: 'string', format: 'phone-of-my-aunt', 'x-unit': 'm' };
  checkUserSchema(schema, '/inputSchema');
  assert.equal(fits(schema, 'anything'), true);
});

test('every pattern is its own: of values, of names, and beside others', () => {
  const schema = {
    properties: { code: { pattern: '^[A-Z]{3}$' }, place: { pattern: '^[a-z]+$' } },
    patternProperties: { '^x-': { type: 'integer' } },
  };
  checkUserSchema(schema, '/inputSchema');
  assert.deepEqual(fitProblems(schema, { code: 'ABC', place: 'here', 'x-n': 1, other: 'a' }, ''), []);
  for (const misfit of [{ code: 'abc' }, { code: 'ABCD' }, { place: 'ABC' }, { 'x-n': 'one' }])
    assert.equal(fits(schema, misfit), false, JSON.stringify(misfit));
});

test('a pattern that would take a backtracking engine for ever is harmless', () => {
  const schema = { type: 'string', pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' };
  checkUserSchema(schema, '/inputSchema');
  assert.equal(fits(schema, 'a'.repeat(10_000)), false);
  assert.equal(fits({ patternProperties: { '^(a+)+$': { type: 'string' } } }, { [`${'a'.repeat(10_000)}!`]: 1 }), true);
});

/** Each of them twice the one before: two to the power of so many when it is walked through. */
const doubling = (levels: number): object => {
  const part = (level: number) => ({ allOf: [{ $ref: `#/$defs/p${level + 1}` }, { $ref: `#/$defs/p${level + 1}` }] });
  const parts = Array.from({ length: levels }, (_, level) => [`p${level}`, part(level)]);
  return { $ref: '#/$defs/p0', $defs: { ...Object.fromEntries(parts), [`p${levels}`]: { type: 'object' } } };
};

const expensive: readonly [what: string, schema: object, value: unknown][] = [
  ['references that multiply', doubling(60), {}],
  [
    'items that must differ, very many of them',
    { uniqueItems: true },
    Array.from({ length: 60_000 }, (_, index) => [index]),
  ],
  [
    'many patterns on a long text',
    { allOf: Array.from({ length: 400 }, (_, index) => ({ pattern: `^(a|b|${index})+$` })) },
    'ab'.repeat(400_000),
  ],
];

for (const [what, schema, value] of expensive) {
  test(`${what}: the check ends, and says that it took too long`, () => {
    checkUserSchema(schema, '/inputSchema');
    assert.deepEqual(fitProblems(schema, value, '/payload'), [
      { pointer: '/payload', message: 'takes too long to check against the schema' },
    ]);
  });
}
