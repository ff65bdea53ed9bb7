import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import { errorMessage, type FieldProblem, HubError } from '../lib/errors.js';
import { isDeeperThan } from '../lib/nesting.js';
import { withinTime } from './within-time.js';

/** A schema that a module gave. It is foreign: bounded in size and depth, its patterns run in linear time, and a check in its time. */
export type UserSchema = object | boolean;

const MOST_CHARACTERS = 64 * 1024;
const MOST_LEVELS = 32;
/** Objects in a schema. Each is a step of the compiler's own recursion. */
const MOST_PARTS = 1000;
const MOST_ERRORS = 20;
const MOST_KEPT = 500;
const COMPILE_MS = 2000;
const CHECK_MS = 500;

/** The validator tells patterns apart by what `toString` gives. */
const linearRegExp = (pattern: string): { test(text: string): boolean; toString(): string } => {
  const compiled = RE2JS.compile(pattern);
  return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
};
linearRegExp.code = 'linearRegExp';

const newValidator = (): Ajv2020 => {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: false,
    validateFormats: true,
    logger: false,
    code: { regExp: linearRegExp as never },
  });
  addFormats.default(ajv);
  return ajv;
};

const countParts = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum, inner) => sum + countParts(inner), Array.isArray(value) ? 0 : 1);
};

/** @throws invalid_request where the schema is too large, too deep, refers elsewhere, or is no JSON Schema. */
export const checkUserSchema = (schema: UserSchema, pointer: string): void => {
  const problem = (message: string): HubError =>
    new HubError('invalid_request', `The schema at ${pointer} cannot be used: ${message}.`, {
      errors: [{ pointer, message }],
    });
  if (isDeeperThan(MOST_LEVELS, schema)) throw problem(`it is nested over ${MOST_LEVELS} levels`);
  if (JSON.stringify(schema).length > MOST_CHARACTERS) throw problem(`it is over ${MOST_CHARACTERS} characters`);
  if (countParts(schema) > MOST_PARTS) throw problem(`it has over ${MOST_PARTS} parts`);
  try {
    compiledSchema(schema);
  } catch (error) {
    throw problem(errorMessage(error));
  }
};

interface CompiledSchema {
  readonly validate: ValidateFunction;
  /** A check takes no more steps than the schema has parts, for each part of the value. */
  readonly isBounded: boolean;
}

const bySchema = new WeakMap<object, CompiledSchema>();
/** By their JSON, the oldest first: a descriptor that is read again is another object. */
const byText = new Map<string, CompiledSchema>();

const compiledSchema = (schema: UserSchema): CompiledSchema => {
  const known = typeof schema === 'object' ? bySchema.get(schema) : undefined;
  if (known !== undefined) return known;
  const text = JSON.stringify(schema);
  const compiled = byText.get(text) ?? compile(schema, text);
  byText.set(text, compiled);
  if (byText.size > MOST_KEPT) byText.delete(byText.keys().next().value!);
  if (typeof schema === 'object') bySchema.set(schema, compiled);
  return compiled;
};

/** With a validator of its own, so that no schema can name another. */
const compile = (schema: UserSchema, text: string): CompiledSchema => {
  const validate = withinTime(COMPILE_MS, () => newValidator().compile(schema));
  if (validate === undefined) throw new Error('it takes too long to compile');
  if ('$async' in validate) throw new Error('$async is not taken');
  return { validate, isBounded: !/"(\$ref|\$dynamicRef|pattern|patternProperties|uniqueItems)":/.test(text) };
};

/** Where the value does not fit; empty when it fits. Pointers start with `pointer`. */
export const fitProblems = (schema: UserSchema, value: unknown, pointer: string): FieldProblem[] => {
  const { validate, isBounded } = compiledSchema(schema);
  const check = (): FieldProblem[] => (validate(value) === true ? [] : problemsOf(validate.errors ?? [], pointer));
  const problems = isBounded ? check() : withinTime(CHECK_MS, check);
  return problems ?? [{ pointer, message: 'takes too long to check against the schema' }];
};

const problemsOf = (errors: readonly ErrorObject[], pointer: string): FieldProblem[] =>
  errors.slice(0, MOST_ERRORS).map((error) => ({
    pointer: `${pointer}${error.instancePath}`,
    message: error.message ?? 'does not fit the schema',
  }));
