import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import { errorMessage, type FieldProblem, HubError } from '../lib/errors.js';

/** A schema that a module gave. It is foreign: bounded in size and depth, and its patterns run in linear time. */
export type UserSchema = object | boolean;

const MOST_CHARACTERS = 64 * 1024;
const MOST_LEVELS = 32;
const MOST_ERRORS = 20;

const linearRegExp = (pattern: string): { test(text: string): boolean } => {
  const compiled = RE2JS.compile(pattern);
  return { test: (text) => compiled.matcher(text).find() };
};
linearRegExp.code = 'linearRegExp';

const newValidator = (): Ajv2020 => {
  const ajv = new Ajv2020({
    strict: false,
    allErrors: false,
    validateFormats: true,
    code: { regExp: linearRegExp as never },
  });
  addFormats.default(ajv);
  return ajv;
};

const depthOf = (value: unknown, level = 0): number => {
  if (typeof value !== 'object' || value === null || level > MOST_LEVELS) return level;
  return Math.max(level, ...Object.values(value).map((inner) => depthOf(inner, level + 1)));
};

/** @throws invalid_request where the schema is too large, too deep, refers elsewhere, or is no JSON Schema. */
export const checkUserSchema = (schema: UserSchema, pointer: string): void => {
  const problem = (message: string): HubError =>
    new HubError('invalid_request', `The schema at ${pointer} cannot be used: ${message}.`, {
      errors: [{ pointer, message }],
    });
  if (JSON.stringify(schema).length > MOST_CHARACTERS) throw problem(`it is over ${MOST_CHARACTERS} characters`);
  if (depthOf(schema) > MOST_LEVELS) throw problem(`it is nested over ${MOST_LEVELS} levels`);
  try {
    compileUserSchema(schema);
  } catch (error) {
    throw problem(errorMessage(error));
  }
};

const compiledSchemas = new WeakMap<object, ValidateFunction>();

/** Compiled once for each schema object; an instance of the validator of its own, so that no schema can name another. */
const compileUserSchema = (schema: UserSchema): ValidateFunction => {
  if (typeof schema === 'boolean') return newValidator().compile(schema);
  const known = compiledSchemas.get(schema);
  if (known !== undefined) return known;
  const compiled = newValidator().compile(schema);
  compiledSchemas.set(schema, compiled);
  return compiled;
};

/** Where the value does not fit; empty when it fits. Pointers start with `pointer`. */
export const fitProblems = (schema: UserSchema, value: unknown, pointer: string): FieldProblem[] => {
  const validate = compileUserSchema(schema);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).slice(0, MOST_ERRORS).map((error: ErrorObject) => ({
    pointer: `${pointer}${error.instancePath}`,
    message: error.message ?? 'does not fit the schema',
  }));
};
