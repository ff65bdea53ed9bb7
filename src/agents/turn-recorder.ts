import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { EventType } from '../events/event-types.js';
import type { Clock } from '../lib/clock.js';
import { ApprovalRecorder } from './approvals/approval-recorder.js';
import type { TurnResult } from './drivers/agent-driver.js';
import { subjectOf, type TurnContext } from './turn-context.js';
import { problemOf, type TurnOutcome } from './turn-outcome.js';
import { turnStore } from './turn-store.js';

export interface TurnRecorderParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
}

export interface TurnEnd {
  readonly turnId: number;
  readonly instanceId: number | null;
  readonly firstTokenAt: number | undefined;
  readonly outcome: TurnOutcome;
  readonly costUsd: number;
}

/** The rows and events of turns. */
export class TurnRecorder {
  readonly #parts: TurnRecorderParts;
  readonly #approvals: ApprovalRecorder;

  constructor(parts: TurnRecorderParts) {
    this.#parts = parts;
    this.#approvals = new ApprovalRecorder(parts.events);
  }

  /** @returns its key */
  async begin(context: TurnContext): Promise<number> {
    const { database, clock, events } = this.#parts;
    const { claimed, module, conversationId } = context;
    const { message, deliveryId, attempt } = claimed;
    const now = clock.now();
    return await database.write(async (tx) => {
      const turnId = await turnStore.start(tx, {
        module: module.name,
        message_id: message.id,
        delivery_id: deliveryId,
        attempt,
        conversation_id: conversationId,
        queued_at: message.created_at,
        started_at: now,
      });
      const data = { turnId: `turn_${turnId}`, attempt, from: message.sender };
      await events.append(tx, { type: 'turn.started', at: now, ...subjectOf(context, turnId), data });
      if (module.runtime.type === 'claude' && module.runtime.permissionMode === 'bypassPermissions')
        await events.append(tx, { type: 'approval.bypassed', at: now, ...subjectOf(context, turnId), data: {} });
      return turnId;
    });
  }

  /** Once: a turn that is over stays as it ended. @returns false where it was */
  async end(tx: Transaction, context: TurnContext, end: TurnEnd): Promise<boolean> {
    const { clock, events } = this.#parts;
    const { turnId, instanceId, firstTokenAt, outcome, costUsd } = end;
    const problem = problemOf(outcome);
    const now = clock.now();
    const ended = await turnStore.end(tx, {
      id: turnId,
      state: outcome.kind,
      instance_id: instanceId,
      first_token_at: firstTokenAt ?? null,
      ended_at: now,
      input_tokens: outcome.result?.inputTokens ?? 0,
      output_tokens: outcome.result?.outputTokens ?? 0,
      cost_usd: costUsd,
      stop_reason: stopReasonOf(outcome),
      error: problem === undefined ? null : JSON.stringify(problem),
    });
    if (ended === 0) return false;
    await this.#approvals.endTurn(tx, turnId, now);
    const data = {
      turnId: `turn_${turnId}`,
      attempt: context.claimed.attempt,
      ...(outcome.result === undefined ? {} : spentIn(outcome.result, costUsd)),
      ...(problem === undefined ? {} : { error: problem }),
      ...(outcome.kind === 'interrupted' ? { reason: outcome.reason } : {}),
    };
    const subject = { ...subjectOf(context, turnId), instanceId };
    await events.append(tx, { type: eventOf[outcome.kind], at: now, ...subject, data });
    return true;
  }
}

/** Of a turn whose process did not tell, nothing is said. */
const spentIn = ({ inputTokens, outputTokens }: TurnResult, costUsd: number) => ({
  costUsd,
  inputTokens,
  outputTokens,
});

const stopReasonOf = (outcome: TurnOutcome): string | null =>
  outcome.kind === 'interrupted' ? outcome.reason : (outcome.result?.terminalReason ?? outcome.result?.subtype ?? null);

const eventOf: Readonly<Record<TurnOutcome['kind'], EventType>> = {
  succeeded: 'turn.succeeded',
  failed: 'turn.failed',
  interrupted: 'turn.interrupted',
  timed_out: 'turn.failed',
};
