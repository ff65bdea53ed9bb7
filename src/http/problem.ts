import type { FastifyError } from 'fastify';
import Type, { type Static } from 'typebox';
import { type ErrorCode, type FieldProblem, HubError, isHubError } from '../lib/errors.js';
import { errorStatus } from './error-status.js';

export const Problem = Type.Object(
  {
    type: Type.String({ examples: ['urn:granger:problem:module_not_found'] }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
    code: Type.String({ description: 'Stable; programs decide by it', examples: ['module_not_found'] }),
    instance: Type.Optional(Type.String({ description: 'Id of the request, as in the log' })),
    oldestSeq: Type.Optional(
      Type.Integer({
        description: 'With cursor_expired: the oldest event that is kept; go on with after = oldestSeq - 1',
      }),
    ),
    errors: Type.Optional(
      Type.Array(
        Type.Object({ pointer: Type.String({ description: 'JSON pointer into the request' }), message: Type.String() }),
      ),
    ),
  },
  { title: 'Problem', description: 'RFC 9457 application/problem+json' },
);
export type Problem = Static<typeof Problem>;

export const problemOf = (error: HubError, instance?: string): Problem => {
  const [status, title] = errorStatus[error.code];
  return {
    type: `urn:granger:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    ...(instance === undefined ? {} : { instance }),
    ...(error.oldestSeq === undefined ? {} : { oldestSeq: error.oldestSeq }),
    ...(error.errors === undefined ? {} : { errors: [...error.errors] }),
  };
};

const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_ASYNC_CONSTRAINT: 'invalid_request',
};

interface ValidationFailure extends FastifyError {
  readonly problems?: readonly FieldProblem[];
}

/** Any error as one of ours; `internal` is the only one that is the hub's own fault. */
export const toHubError = (error: unknown): HubError => {
  if (isHubError(error)) return error;
  const failure = error as ValidationFailure;
  if (failure.problems !== undefined) return invalidRequest(failure.validationContext, failure.problems);
  const code =
    frameworkCodes[failure.code] ??
    (error instanceof SyntaxError && failure.statusCode === 400 ? 'invalid_json' : undefined);
  if (code !== undefined) return new HubError(code, failure.message, { cause: error });
  if (failure.statusCode !== undefined && failure.statusCode >= 400 && failure.statusCode < 500) {
    return new HubError('invalid_request', failure.message, { cause: error });
  }
  return new HubError('internal', 'The hub failed at this request; its log says more.', { cause: error });
};

const places: Readonly<Record<string, string>> = {
  body: 'The body',
  querystring: 'The query',
  params: 'The address',
  headers: 'A header',
};

const invalidRequest = (where: string | undefined, problems: readonly FieldProblem[]): HubError => {
  const first = problems[0];
  const place = places[where ?? 'body'] ?? 'The request';
  const summary =
    first === undefined
      ? 'it does not fit the schema'
      : `${first.pointer === '' ? 'the value' : first.pointer} ${first.message}`;
  return new HubError('invalid_request', `${place} is not valid: ${summary}.`, { errors: problems });
};
