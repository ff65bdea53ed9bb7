import { type FieldProblem, HubError } from '../lib/errors.js';
import { bodyValidator } from '../lib/json-validator.js';
import { NewMessage } from './message-schema.js';

export const MOST_IN_BATCH = 1000;

const problemsOf = bodyValidator(NewMessage);

const invalid = (problems: readonly FieldProblem[]): HubError => {
  const first = problems[0];
  const place = first === undefined || first.pointer === '' ? 'the message' : first.pointer;
  return new HubError('invalid_request', `The message is not valid: ${place} ${first?.message ?? ''}.`, {
    errors: problems,
  });
};

/** @throws invalid_request */
export const parseMessage = (body: unknown): NewMessage => {
  const problems = problemsOf(body);
  if (problems.length > 0) throw invalid(problems);
  return body as NewMessage;
};

/** Each message, or what is wrong with it: one bad message does not keep the others of a batch from being sent. */
export const parseMessages = (body: readonly unknown[]): (NewMessage | HubError)[] => {
  if (body.length === 0 || body.length > MOST_IN_BATCH) {
    throw new HubError(
      'invalid_request',
      `A batch holds 1 to ${MOST_IN_BATCH} messages; this one holds ${body.length}.`,
    );
  }
  return body.map((item) => {
    const problems = problemsOf(item);
    return problems.length === 0 ? (item as NewMessage) : invalid(problems);
  });
};
