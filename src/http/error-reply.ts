import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubError, type RateLimit } from '../lib/errors.js';
import { problemOf, toHubError } from './problem.js';

/** Answers with the problem. Only the hub's own failures are logged as errors. */
export const replyWithError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const hubError = toHubError(error);
  const problem = problemOf(hubError, request.id);
  if (problem.status === 500)
    request.log.error({ err: hubError.cause ?? hubError, reqId: request.id }, hubError.message);
  else request.log.debug({ reqId: request.id, code: hubError.code, detail: hubError.message }, 'refused');
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="granger"');
  if (hubError.retryAfterSeconds !== undefined)
    reply.header('retry-after', String(Math.ceil(hubError.retryAfterSeconds)));
  if (hubError.rateLimit !== undefined) reply.headers(rateLimitHeaders(hubError.rateLimit));
  return reply.status(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem));
};

/** As in the IETF's draft "RateLimit header fields for HTTP". */
const rateLimitHeaders = ({ limit, windowSeconds, remaining, resetSeconds }: RateLimit): Record<string, string> => ({
  'ratelimit-policy': `"messages";q=${limit};w=${windowSeconds}`,
  ratelimit: `"messages";r=${remaining};t=${Math.ceil(resetSeconds)}`,
});

export const replyNotFound = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  replyWithError(
    new HubError('not_found', `Nothing answers ${request.method} ${request.url.split('?')[0]}.`),
    request,
    reply,
  );
