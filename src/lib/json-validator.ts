import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FieldProblem } from './errors.js';

const MOST_PROBLEMS = 20;

interface Compiler {
  readonly ajv: Ajv;
  /** By the text of the schema. */
  readonly compiled: Map<string, ValidateFunction>;
}

const compilerWith = (options: Options): Compiler => ({
  ajv: addFormats.default(new Ajv({ allErrors: true, strictTypes: false, allowUnionTypes: true, ...options })),
  compiled: new Map(),
});

/** For our own schemas. Bodies are taken as they are; texts of a query string are turned into numbers and booleans. */
const strict = compilerWith({ coerceTypes: false, useDefaults: false });
const coercing = compilerWith({ coerceTypes: 'array', useDefaults: true });

export type Validator = (value: unknown) => readonly FieldProblem[];

const NONE: readonly FieldProblem[] = [];

export const bodyValidator = (schema: object): Validator => validatorOf(strict, schema);
export const queryValidator = (schema: object): Validator => validatorOf(coercing, schema);

/**
 * Compiled when it is first needed: to compile all of them is half of what the start of a hub takes. Routes make their schemas anew for each
 * hub of a process; what reads the same is compiled once.
 */
const validatorOf = ({ ajv, compiled }: Compiler, schema: object): Validator => {
  let validate: ValidateFunction | undefined;
  const compile = (): ValidateFunction => {
    const text = JSON.stringify(schema);
    const known = compiled.get(text) ?? ajv.compile(schema);
    compiled.set(text, known);
    return known;
  };
  return (value) => {
    validate ??= compile();
    return validate(value) ? NONE : toProblems(validate.errors ?? []);
  };
};

const toProblems = (errors: readonly ErrorObject[]): FieldProblem[] =>
  errors
    .filter((error) => !isAboutBranches(error))
    .slice(0, MOST_PROBLEMS)
    .map(toProblem);

/** "must match a schema in anyOf" says nothing that the errors of the branches do not say better. */
const isAboutBranches = (error: ErrorObject): boolean => error.keyword === 'if';

const toProblem = (error: ErrorObject): FieldProblem => {
  const params = error.params as Record<string, unknown>;
  const unknown = params.additionalProperty ?? params.unevaluatedProperty;
  if (unknown !== undefined)
    return { pointer: `${error.instancePath}/${String(unknown)}`, message: 'is not a known field' };
  const missing = params.missingProperty;
  if (missing !== undefined) return { pointer: `${error.instancePath}/${String(missing)}`, message: 'is required' };
  const allowed = params.allowedValue ?? params.allowedValues;
  const message = error.message ?? 'is not valid';
  return {
    pointer: error.instancePath,
    message: allowed === undefined ? message : `${message}: ${JSON.stringify(allowed)}`,
  };
};
