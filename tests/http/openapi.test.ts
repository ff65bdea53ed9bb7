import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../src/http/openapi-document.js';

// biome-ignore lint/suspicious/noExplicitAny: a document of any shape
type Json = any;

const document: Json = await openApiDocument();

interface Operation {
  readonly where: string;
  readonly method: string;
  readonly description: Json;
}

const operations = (): Operation[] =>
  Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, description]) => ({
      where: `${method.toUpperCase()} ${path}`,
      method,
      description,
    })),
  );

/** Where the operations are of which this is not true. */
const unless = (isTrue: (operation: Operation) => boolean): string[] =>
  operations()
    .filter((operation) => !isTrue(operation))
    .map(({ where }) => where);

const bodyOf = ({ description }: Operation): Json => description.requestBody?.content['application/json'];

const resolve = (schema: Json): Json =>
  schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)];

/** Of a body, with those of the forms that it may have. */
const examplesOf = (schema: Json): Json[] => {
  const { examples = [], anyOf = [] } = resolve(schema);
  return [...examples, ...anyOf.flatMap(examplesOf)];
};

const bodyExamples = ({ example, examples = {}, schema }: Json): Json[] => [
  ...(example === undefined ? [] : [example]),
  ...Object.values<Json>(examples).map(({ value }) => value),
  ...examplesOf(schema),
];

/** Nothing but `{}` or nothing at all. */
const isEmpty = (schema: Json): boolean => {
  const { type, properties = {}, additionalProperties, anyOf } = resolve(schema);
  const isClosed = Object.keys(properties).length === 0 && additionalProperties === false;
  return anyOf?.every(isEmpty) ?? (type === 'null' || isClosed);
};

test('the document is a valid OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(document);
  assert.deepEqual(errors ?? [], []);
  assert.ok(valid);
  assert.match(document.openapi, /^3\.1\./);
});

test('every operation has a summary, one known tag and an id of its own', () => {
  const tags = document.tags.map(({ name }: { name: string }) => name);
  assert.deepEqual(
    unless(({ description }) => description.summary?.length > 0),
    [],
  );
  assert.deepEqual(
    unless(({ description }) => description.tags?.length === 1 && tags.includes(description.tags[0])),
    [],
  );
  const ids = operations().map(({ description }) => description.operationId);
  assert.ok(
    ids.every((id) => /^[a-z][A-Za-z]+$/.test(id)),
    ids.join(' '),
  );
  assert.equal(new Set(ids).size, ids.length);
});

test('every operation names a success, what it refuses as problem+json, and 401 and 403 where it needs a key', () => {
  const has = ({ description }: Operation, status: string): boolean => status in description.responses;
  const isOpen = ({ description }: Operation): boolean => description.security?.length === 0;
  assert.deepEqual(
    unless(({ description }) => Object.keys(description.responses).some((status) => status.startsWith('2'))),
    [],
  );
  assert.deepEqual(
    unless((operation) => isOpen(operation) || (has(operation, '401') && has(operation, '403'))),
    [],
  );
  assert.deepEqual(
    operations().flatMap(({ where, description }) =>
      Object.entries<Json>(description.responses)
        .filter(([status, { content }]) => /^[45]/.test(status) && !('application/problem+json' in (content ?? {})))
        .map(([status]) => `${where} ${status}`),
    ),
    [],
  );
});

test('every body that is sent has an example', () => {
  assert.deepEqual(
    unless((operation) => {
      const body = bodyOf(operation);
      return body === undefined || isEmpty(body.schema) || bodyExamples(body).length > 0;
    }),
    [],
  );
});

test('a descriptor may come as YAML', () => {
  const { content } = document.paths['/v1/modules/{name}'].put.requestBody;
  assert.deepEqual(Object.keys(content), ['application/json', 'application/yaml']);
});

test('every example fits the schema that it stands in', () => {
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  ajv.addSchema({ ...document, $id: 'document' });
  const misfits: string[] = [];
  const visit = (value: Json, pointer: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const check = (schemaPointer: string, examples: Json[]): void => {
      for (const example of examples) {
        const validate = ajv.getSchema(`document#${encodeURI(schemaPointer)}`);
        if (validate?.(example) !== true) misfits.push(`${pointer}: ${ajv.errorsText(validate?.errors)}`);
      }
    };
    if (Array.isArray(value.examples)) check(pointer, value.examples);
    else if (value.schema !== undefined) check(`${pointer}/schema`, bodyExamples(value));
    for (const [name, inner] of Object.entries(value))
      if (name !== 'examples') visit(inner, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  };
  visit(document, '');
  assert.deepEqual(misfits, []);
});
