import type { FieldProblem } from '../../lib/errors.js';
import { fitProblems, type UserSchema } from '../../modules/user-schema.js';
import type { TurnResult } from '../drivers/agent-driver.js';
import { answerOf } from './answer-schema.js';

export type StructuredAnswer =
  | { readonly kind: 'fits'; readonly data: unknown }
  | { readonly kind: 'misfits'; readonly problems: readonly FieldProblem[] };

/** The object that a turn has answered with, held against its schema: what the tool was given, else JSON in its words. */
export const structuredAnswer = (
  schema: UserSchema,
  { structuredOutput, text }: Pick<TurnResult, 'structuredOutput' | 'text'>,
): StructuredAnswer => {
  const data = structuredOutput === undefined ? jsonIn(text) : answerOf(schema, structuredOutput);
  if (data === undefined) return { kind: 'misfits', problems: [{ pointer: '', message: 'is no JSON' }] };
  const problems = fitProblems(schema, data, '');
  return problems.length === 0 ? { kind: 'fits', data } : { kind: 'misfits', problems };
};

/** The whole text, or its one fenced block. */
const jsonIn = (text: string): unknown => {
  const [, fenced] = /^[^`]*```(?:json)?\s*\n([^`]*)\n```[^`]*$/.exec(text) ?? [];
  try {
    return JSON.parse(fenced ?? text) as unknown;
  } catch {
    return undefined;
  }
};

export const problemText = (problems: readonly FieldProblem[]): string =>
  problems.map(({ pointer, message }) => `${pointer === '' ? 'the answer' : pointer} ${message}`).join('; ');

/** What the agent is told once when its answer does not fit. */
export const correctionOf = (problems: readonly FieldProblem[]): string =>
  `Your answer does not fit the JSON Schema it must fit: ${problemText(problems)}. Answer the same request again, so that it fits.`;
