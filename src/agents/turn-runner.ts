import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { EventType } from '../events/event-types.js';
import type { Clock } from '../lib/clock.js';
import { errorMessage } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import type { DeliveryService } from '../messages/delivery-service.js';
import type { ClaimedDelivery } from '../messages/message-json.js';
import type { Module } from '../modules/module.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import type { AgentInstance } from './agent-instance.js';
import type { AgentPool } from './agent-pool.js';
import { type AnsweredRequest, errorPayload, successPayload } from './agent-reply.js';
import { requestParts, turnPromptOf } from './context/turn-prompt.js';
import { AgentProcessError } from './drivers/agent-process-error.js';
import type { RunningTurn } from './running-turn.js';
import { outcomeOfProcessError, outcomeOfResult, type TurnOutcome } from './turn-outcome.js';
import { TurnOutputLog } from './turn-output.js';
import { turnStore } from './turn-store.js';

export interface TurnRunnerParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly modules: ModuleDirectory;
  readonly deliveries: DeliveryService;
  readonly pool: AgentPool;
}

interface TurnContext {
  readonly claimed: ClaimedDelivery;
  readonly module: Module;
  readonly conversationId: string;
  readonly turnId: number;
  readonly payload: unknown;
}

/** Runs one turn over one delivery, from its claim to its end. */
export class TurnRunner {
  readonly #parts: TurnRunnerParts;

  constructor(parts: TurnRunnerParts) {
    this.#parts = parts;
  }

  /** Never rejects: whatever happens, the turn and the delivery end with a reason. */
  async run(turn: RunningTurn): Promise<void> {
    const { claimed, module } = turn;
    const conversationId = claimed.message.conversation_id ?? `delivery:${claimed.deliveryId}`;
    const turnId = await this.#begin(claimed, module, conversationId);
    turn.turnId = turnId;
    const context: TurnContext = {
      claimed,
      module,
      conversationId,
      turnId,
      payload: JSON.parse(claimed.message.payload),
    };
    const subject = {
      turnId,
      messageId: claimed.message.id,
      deliveryId: claimed.deliveryId,
      module: module.name,
      conversationId,
    };
    const log = new TurnOutputLog(subject, this.#parts);
    const { outcome, instance } = await this.#attempt(turn, context, log);
    await log.settle();
    await this.#end({ turn, context, log, outcome, instance });
  }

  async #begin(
    { message, deliveryId, attempt }: ClaimedDelivery,
    module: Module,
    conversationId: string,
  ): Promise<number> {
    const { database, clock, events } = this.#parts;
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
      const subject = { module: module.name, conversationId, messageId: message.id, deliveryId, turnId };
      await events.append(tx, {
        type: 'turn.started',
        at: now,
        ...subject,
        data: { turnId: `turn_${turnId}`, attempt, from: message.sender },
      });
      return turnId;
    });
  }

  async #attempt(
    turn: RunningTurn,
    context: TurnContext,
    log: TurnOutputLog,
  ): Promise<{ outcome: TurnOutcome; instance: AgentInstance | undefined }> {
    let instance: AgentInstance | undefined;
    try {
      instance = await this.#parts.pool.acquire(context.module, context.conversationId);
      turn.attach(instance);
      const result = await instance.process.runTurn(this.#prompt(context), (output) => log.add(output));
      return { outcome: turn.endedBy(result) ?? outcomeOfResult(result), instance };
    } catch (error) {
      if (error instanceof AgentProcessError)
        return { outcome: turn.endedBy(undefined) ?? outcomeOfProcessError(error.code, error.message), instance };
      this.#parts.logger.error({ err: error, turn: context.turnId }, 'a turn failed inside the hub');
      return {
        outcome: { kind: 'failed', code: 'internal', message: errorMessage(error), isRetryable: true },
        instance,
      };
    }
  }

  #prompt({ claimed: { message }, payload }: TurnContext): string {
    return turnPromptOf({
      id: `msg_${message.id}`,
      type: message.type,
      sender: message.sender,
      senderDescriptor: this.#parts.modules.find(message.sender)?.descriptor,
      isReply: message.reply_to !== null,
      payload,
    });
  }

  async #end({
    turn,
    context,
    log,
    outcome,
    instance,
  }: {
    turn: RunningTurn;
    context: TurnContext;
    log: TurnOutputLog;
    outcome: TurnOutcome;
    instance: AgentInstance | undefined;
  }): Promise<void> {
    const { database, pool, logger } = this.#parts;
    const result = 'result' in outcome ? outcome.result : undefined;
    const costUsd = instance === undefined ? 0 : pool.release(instance, result?.totalCostUsd);
    if (instance !== undefined) await this.#rememberSession(context, instance, outcome);
    await database
      .write(async (tx) => {
        await this.#writeEnd(tx, { context, log, outcome, instance, costUsd });
        await this.#settleDelivery(tx, context, outcome, costUsd);
      })
      .catch(async (error: unknown) => {
        logger.warn({ err: error, turn: context.turnId }, 'the delivery of a turn was not its own any more');
        await database.write((tx) =>
          this.#writeEnd(tx, { context, log, outcome: turn.lost(outcome), instance, costUsd }),
        );
      });
  }

  /** After a session that cannot be resumed, the next process starts a new one. */
  async #rememberSession(
    { conversationId, module }: TurnContext,
    instance: AgentInstance,
    outcome: TurnOutcome,
  ): Promise<void> {
    const isLost =
      outcome.kind === 'failed' &&
      (outcome.code === 'agent_session_missing' || outcome.code === 'agent_session_in_use');
    if (isLost) await this.#parts.pool.keepSession(conversationId, module.name, instance.sessionId, false);
    else if (instance.turns === 1)
      await this.#parts.pool.keepSession(conversationId, module.name, instance.sessionId, true);
  }

  async #writeEnd(
    tx: Transaction,
    {
      context,
      log,
      outcome,
      instance,
      costUsd,
    }: {
      context: TurnContext;
      log: TurnOutputLog;
      outcome: TurnOutcome;
      instance: AgentInstance | undefined;
      costUsd: number;
    },
  ): Promise<void> {
    const { clock, events } = this.#parts;
    const { turnId, claimed, module, conversationId } = context;
    const result = 'result' in outcome ? outcome.result : undefined;
    const error = problemOf(outcome);
    const now = clock.now();
    const ended = await turnStore.end(tx, {
      id: turnId,
      state: outcome.kind,
      instance_id: instance?.id ?? null,
      first_token_at: log.firstTokenAt ?? null,
      ended_at: now,
      input_tokens: result?.inputTokens ?? 0,
      output_tokens: result?.outputTokens ?? 0,
      cost_usd: costUsd,
      stop_reason:
        outcome.kind === 'interrupted' ? outcome.reason : (result?.terminalReason ?? result?.subtype ?? null),
      error: error === undefined ? null : JSON.stringify(error),
    });
    if (ended === 0) return;
    const subject = {
      module: module.name,
      conversationId,
      messageId: claimed.message.id,
      deliveryId: claimed.deliveryId,
      turnId,
      instanceId: instance?.id ?? null,
    };
    const data = {
      turnId: `turn_${turnId}`,
      attempt: claimed.attempt,
      costUsd,
      ...(error === undefined ? {} : { error }),
    };
    await events.append(tx, { type: eventOf[outcome.kind], at: now, ...subject, data });
  }

  async #settleDelivery(tx: Transaction, context: TurnContext, outcome: TurnOutcome, costUsd: number): Promise<void> {
    const { deliveries } = this.#parts;
    const { claimed } = context;
    const { deliveryId: id, lease } = claimed;
    const request = this.#answered(context);
    if (outcome.kind === 'succeeded') {
      const reply = { payload: successPayload(request, outcome.result, costUsd) };
      await deliveries.applyIn(tx, id, {
        verb: 'complete',
        lease,
        ...(claimed.message.reply_to === null ? { reply } : {}),
      });
    } else if (outcome.kind === 'interrupted') {
      if (outcome.reason === 'draining') await deliveries.applyIn(tx, id, { verb: 'release', lease });
    } else {
      const error = problemOf(outcome) ?? { code: outcome.kind, message: '' };
      const failure = {
        outcome: 'failed',
        error,
        isRetryable: outcome.kind === 'timed_out' || outcome.isRetryable,
      } as const;
      const reply = claimed.message.reply_to === null ? { payload: errorPayload(request, error) } : undefined;
      await deliveries.failIn(tx, { id, lease, failure, reply });
    }
  }

  #answered({ claimed: { message }, module, turnId, payload }: TurnContext): AnsweredRequest {
    return {
      source: message.sender,
      target: module.name,
      message: requestParts(payload).text,
      turnId,
      now: this.#parts.clock.now(),
    };
  }
}

const eventOf: Readonly<Record<TurnOutcome['kind'], EventType>> = {
  succeeded: 'turn.succeeded',
  failed: 'turn.failed',
  interrupted: 'turn.interrupted',
  timed_out: 'turn.failed',
};

const problemOf = (outcome: TurnOutcome): { code: string; message: string } | undefined => {
  if (outcome.kind === 'failed') return { code: outcome.code, message: outcome.message };
  if (outcome.kind === 'timed_out') return { code: 'turn_timed_out', message: outcome.message };
  return undefined;
};
