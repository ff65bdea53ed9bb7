import { HubError } from '../lib/errors.js';

const MOST_PROBLEMS = 20;

/** Of a batch of which every message was refused. */
export const noneAccepted = (refused: readonly HubError[]): HubError => {
  const errors = refused.slice(0, MOST_PROBLEMS).map((problem, index) => ({
    pointer: `/${index}${problem.errors?.[0]?.pointer ?? ''}`,
    message: problem.message,
  }));
  const { code, message, retryAfterSeconds, rateLimit } = refused[0]!;
  return new HubError(code, `None of the ${refused.length} messages was accepted. The first: ${message}`, {
    errors,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
  });
};
