import type { Transaction } from '../db/statement.js';
import type { DeliveryService } from '../messages/delivery-service.js';
import { type AnsweredRequest, errorPayload, successPayload } from './agent-reply.js';
import { requestParts } from './context/context-values.js';
import type { TurnContext } from './turn-context.js';
import { problemOf, type TurnOutcome } from './turn-outcome.js';

export interface EndedTurn {
  readonly turnId: number;
  readonly outcome: TurnOutcome;
  readonly costUsd: number;
  readonly now: number;
}

/**
 * What becomes of the delivery of a turn, in the transaction that ends the turn. A reply is never replied to: two agents would go on for
 * ever. @throws delivery_final, lease_lost
 */
export const settleDelivery = async (
  tx: Transaction,
  deliveries: DeliveryService,
  context: TurnContext,
  ended: EndedTurn,
): Promise<void> => {
  const { outcome, costUsd } = ended;
  const { deliveryId: id, lease, message } = context.claimed;
  const isAnswered = message.reply_to === null;
  const request = answeredRequest(context, ended);
  const problem = problemOf(outcome);
  if (outcome.kind === 'succeeded') {
    const reply = isAnswered ? { reply: { payload: successPayload(request, outcome, costUsd) } } : {};
    await deliveries.applyIn(tx, id, { verb: 'complete', lease, ...reply });
  } else if (outcome.kind === 'failed' && outcome.waitMs !== undefined) {
    await deliveries.applyIn(tx, id, { verb: 'release', lease, delaySeconds: outcome.waitMs / 1000 });
  } else if (problem !== undefined) {
    const isRetryable = outcome.kind === 'failed' ? outcome.isRetryable : outcome.kind === 'timed_out';
    const { code, message: what } = problem;
    const failure = { outcome: 'failed', error: { code, message: what }, isRetryable } as const;
    const reply = isAnswered ? { payload: errorPayload(request, problem, outcome.result, costUsd) } : undefined;
    await deliveries.failIn(tx, { id, lease, failure, reply });
  } else if (outcome.kind === 'interrupted' && isUntried(outcome.reason)) {
    await deliveries.applyIn(tx, id, { verb: 'release', lease });
  }
};

/** Ended for a reason that is not the message's: its attempt does not count. */
export const isUntried = (reason: string | undefined): boolean =>
  reason === 'draining' || reason === 'instance_stopped';

const answeredRequest = (
  { claimed: { message }, module, payload }: TurnContext,
  { turnId, now }: EndedTurn,
): AnsweredRequest => ({
  source: message.sender,
  target: module.name,
  message: requestParts(payload).text,
  turnId,
  now,
});
