import Type, { type Static } from 'typebox';
import { bodyValidator } from '../../lib/json-validator.js';
import type { ServedOutcome } from '../../messages/held-delivery.js';
import { DeliveryError } from '../../messages/message-schema.js';
import { ServedReply } from '../../messages/served-reply-schema.js';

const Answer = Type.Object(
  {
    deliveryId: Type.String(),
    reply: Type.Optional(ServedReply),
    error: Type.Optional(DeliveryError),
    retryable: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

const answerProblems = bodyValidator(Answer);

export interface CommandAnswer {
  readonly deliveryId: string;
  readonly outcome: ServedOutcome;
}

/** One line of the program's stdout. @throws Error with what is wrong with it */
export const parseAnswer = (line: string): CommandAnswer => {
  const value: unknown = JSON.parse(line);
  const [problem] = answerProblems(value);
  if (problem !== undefined) throw new Error(`${problem.pointer || 'The answer'} ${problem.message}`);
  const { deliveryId, reply, error, retryable } = value as Static<typeof Answer>;
  if (error === undefined) {
    if (retryable !== undefined) throw new Error('/retryable goes with an error, and only with one');
    return { deliveryId, outcome: { kind: 'completed', reply } };
  }
  if (reply !== undefined) throw new Error('An answer has a reply or an error, not both');
  return { deliveryId, outcome: { kind: 'failed', error, isRetryable: retryable ?? true } };
};
