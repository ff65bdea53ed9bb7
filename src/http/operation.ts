import Type, { type TSchema } from 'typebox';
import type { ErrorCode } from '../lib/errors.js';
import { errorStatus } from './error-status.js';
import { Problem } from './problem.js';

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly [string];
  readonly params?: TSchema;
  readonly querystring?: TSchema;
  readonly headers?: TSchema;
  readonly body?: TSchema;
  /** Media types of the body; JSON unless said. */
  readonly consumes?: readonly string[];
  /** Success statuses with what they answer; null where the answer has no body. */
  readonly answers: Readonly<Record<number, TSchema | null>>;
  /** What this operation can refuse with, beside what every operation can. */
  readonly errors?: readonly ErrorCode[];
  readonly isOpen?: boolean;
}

const everywhere: readonly ErrorCode[] = ['invalid_request', 'host_not_allowed', 'draining', 'internal'];
const withKey: readonly ErrorCode[] = ['unauthenticated', 'forbidden'];
const withBody: readonly ErrorCode[] = ['invalid_json', 'body_too_large', 'unsupported_media_type'];

const problemResponses = (codes: readonly ErrorCode[]): Record<number, object> => {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(errorStatus[code][0], [...(byStatus.get(errorStatus[code][0]) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      { description: names.join(', '), content: { 'application/problem+json': { schema: Problem } } },
    ]),
  );
};

/** A route's schema for Fastify and for openapi.json: every status that it can answer, by name. */
export const operation = <O extends Operation>({ answers, errors = [], isOpen = false, ...schema }: O) => {
  const codes = [...everywhere, ...(isOpen ? [] : withKey), ...(schema.body === undefined ? [] : withBody), ...errors];
  const successes = Object.entries(answers).map(([status, answer]) => [
    status,
    answer ?? Type.Null({ description: 'No content' }),
  ]);
  const security = isOpen ? { security: [] } : {};
  return {
    ...schema,
    ...security,
    response: { ...Object.fromEntries(successes), ...problemResponses(codes) },
  } as unknown as Omit<O, 'answers' | 'errors' | 'isOpen'>;
};
