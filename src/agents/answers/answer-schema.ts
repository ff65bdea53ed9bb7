/**
 * What Claude Code is given of an outputSchema: it takes JSON Schema draft 7, and drops the whole schema without a word where it meets
 * anything else. So a schema is loosened to what it knows, and the hub checks the answer against the whole one. A tool takes an object:
 * of any other value it becomes the member `value`.
 */
export const answerSchema = (schema: unknown): object | undefined => {
  if (schema === undefined) return undefined;
  const loosened = loosen(schema);
  if (isObjectSchema(schema)) return loosened as object;
  const { $defs, definitions, ...value } = (loosened === true || loosened === false ? {} : loosened) as Record<
    string,
    unknown
  >;
  return {
    type: 'object',
    properties: { value },
    required: ['value'],
    additionalProperties: false,
    ...($defs === undefined ? {} : { $defs }),
    ...(definitions === undefined ? {} : { definitions }),
  };
};

/** The answer itself, out of what the tool was given. */
export const answerOf = (schema: unknown, structuredOutput: unknown): unknown =>
  isObjectSchema(schema) || !isObject(structuredOutput) ? structuredOutput : structuredOutput.value;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isObjectSchema = (schema: unknown): boolean => isObject(schema) && schema.type === 'object';

const plain = new Set(
  'type title description default examples enum const $ref maximum minimum exclusiveMaximum exclusiveMinimum multipleOf maxLength minLength maxItems minItems uniqueItems maxProperties minProperties required'.split(
    ' ',
  ),
);
const ofOne = new Set(['additionalProperties', 'propertyNames', 'items', 'contains']);
const ofMany = new Set(['allOf', 'anyOf']);
const byName = new Set(['properties', 'patternProperties', '$defs', 'definitions']);

const loosen = (schema: unknown): unknown => {
  if (!isObject(schema)) return schema;
  const loose: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (plain.has(keyword)) loose[keyword] = value;
    else if (ofOne.has(keyword)) loose[keyword] = loosen(value);
    else if (ofMany.has(keyword) && Array.isArray(value)) loose[keyword] = value.map(loosen);
    else if (byName.has(keyword) && isObject(value)) loose[keyword] = eachOf(value);
  }
  // Of branches that are looser, more than one may fit.
  if (Array.isArray(schema.oneOf) && loose.anyOf === undefined) loose.anyOf = schema.oneOf.map(loosen);
  return withTuple(schema, loose);
};

const eachOf = (schemas: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, loosen(schema)]));

/** What stands behind a tuple is called otherwise in draft 7. */
const withTuple = (schema: Record<string, unknown>, loose: Record<string, unknown>): object => {
  if (!Array.isArray(schema.prefixItems)) return loose;
  const { items, ...rest } = loose;
  return { ...rest, items: schema.prefixItems.map(loosen), ...(items === undefined ? {} : { additionalItems: items }) };
};
