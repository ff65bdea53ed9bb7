import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { answerOf, answerSchema } from '../../../src/agents/answers/answer-schema.js';

test('a schema of an object is given as it is', () => {
  const schema = {
    type: 'object',
    title: 'Sum',
    required: ['n'],
    properties: { n: { type: 'integer', minimum: 0 }, of: { type: 'array', items: { $ref: '#/$defs/n' } } },
    additionalProperties: false,
    $defs: { n: { type: 'number' } },
  };
  assert.deepEqual(answerSchema(schema), schema);
  assert.deepEqual(answerOf(schema, { n: 1 }), { n: 1 });
});

test('what Claude Code does not know is left out, at every depth, and only ever loosens', () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:x',
    type: 'object',
    'x-ours': 1,
    properties: {
      mail: { type: 'string', format: 'email' },
      list: { type: 'array', items: { type: 'string', format: 'uri' }, minContains: 2 },
      pair: { prefixItems: [{ type: 'string' }, { format: 'date' }], items: { type: 'integer' } },
      either: { oneOf: [{ format: 'date' }, { type: 'integer' }] },
      never: { not: { format: 'email' } },
      when: { if: { format: 'x' }, else: false },
    },
    dependentRequired: { mail: ['list'] },
    unevaluatedProperties: false,
  };
  const given = answerSchema(schema);
  assert.deepEqual(given, {
    type: 'object',
    properties: {
      mail: { type: 'string' },
      list: { type: 'array', items: { type: 'string' } },
      pair: { items: [{ type: 'string' }, {}], additionalItems: { type: 'integer' } },
      either: { anyOf: [{}, { type: 'integer' }] },
      never: {},
      when: {},
    },
  });
  new Ajv({ strict: true, strictTuples: false, strictTypes: false }).compile(given!);
});

test('any other value is the member of an object, and is taken out of it again', () => {
  const schema = { type: 'array', items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'integer' } } };
  assert.deepEqual(answerSchema(schema), {
    type: 'object',
    properties: { value: { type: 'array', items: { $ref: '#/$defs/n' } } },
    required: ['value'],
    additionalProperties: false,
    $defs: { n: { type: 'integer' } },
  });
  assert.deepEqual(answerOf(schema, { value: [1] }), [1]);
  assert.deepEqual(answerOf(true, { value: 7 }), 7);
  assert.equal(answerSchema(undefined), undefined);
});
