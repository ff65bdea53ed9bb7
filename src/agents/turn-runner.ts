import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import { errorMessage, isHubError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import type { DeliveryService } from '../messages/delivery-service.js';
import { traceparentOf } from '../messages/message-tracing.js';
import type { AgentInstance } from './agent-instance.js';
import type { AgentPool } from './agent-pool.js';
import { fittingAnswer } from './answers/fitting-answer.js';
import type { ApprovalQuestions } from './approvals/approval-questions.js';
import type { ContextService, ToldTurn } from './context/context-service.js';
import { isContextFull } from './context-fill.js';
import { CostRecorder } from './costs/cost-recorder.js';
import type { ApprovalAsk, Prompt, TurnOutput } from './drivers/agent-driver.js';
import { AgentProcessError } from './drivers/agent-process-error.js';
import type { InstanceRecorder } from './instance-recorder.js';
import { extendLease } from './kept-lease.js';
import type { Lanes } from './lanes/lanes.js';
import { ProviderLimits } from './lanes/provider-limits.js';
import type { RunningTurn } from './running-turn.js';
import { sessionFor } from './session-choice.js';
import { leaveSession, type MoveReason, moveReasonOf } from './session-move.js';
import { sessionStore } from './session-store.js';
import { contextOf, subjectOf, type TurnContext } from './turn-context.js';
import { lostOutcome, outcomeOfProcessError, outcomeOfResult, type TurnOutcome } from './turn-outcome.js';
import { TurnOutputLog, type TurnOutputParts, type TurnSubject } from './turn-output.js';
import { TurnRecorder } from './turn-recorder.js';
import { settleDelivery } from './turn-settlement.js';

export interface TurnRunnerParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deliveries: DeliveryService;
  readonly pool: AgentPool;
  readonly instances: InstanceRecorder;
  readonly lanes: Lanes;
  readonly approvals: ApprovalQuestions;
  readonly contexts: ContextService;
  readonly progress: TurnOutputParts['progress'];
  /** A session whose context is filled so far is left. */
  readonly fullPercent: number;
}

/** What came of asking an agent. */
interface Attempt {
  readonly outcome: TurnOutcome;
  readonly instance: AgentInstance | undefined;
  readonly costUsd: number;
  /** The CLI has named its session: from here on it can be resumed. */
  readonly hasSession: boolean;
  /** What it was told of before. */
  readonly retold?: ToldTurn['retold'];
}

/** Where what happens in a turn is put on record. */
interface TurnRecord {
  readonly subject: Promise<TurnSubject>;
  readonly log: TurnOutputLog;
}

/** What is said to an agent, and who hears it. */
interface Conversation {
  readonly prompt: Prompt;
  readonly onOutput: (output: TurnOutput) => void;
  readonly onApprovalRequest: ApprovalAsk;
}

/** Runs one turn over one delivery, from its claim to its end. */
export class TurnRunner {
  readonly #parts: TurnRunnerParts;
  readonly #recorder: TurnRecorder;
  readonly #costs: CostRecorder;

  constructor(parts: TurnRunnerParts) {
    this.#parts = parts;
    this.#recorder = new TurnRecorder(parts);
    this.#costs = new CostRecorder(parts);
  }

  /** The agent is asked while the turn is put on record. Rejects only where the database does: the lease then runs out. */
  async run(turn: RunningTurn): Promise<void> {
    const context = contextOf(turn.claimed, turn.module);
    const begun = this.#recorder.begin(context);
    begun.then(
      (turnId) => {
        turn.turnId = turnId;
      },
      () => turn.end('not_recorded'),
    );
    const subject = begun.then((turnId) => subjectOf(context, turnId));
    const log = new TurnOutputLog(subject, this.#parts);
    const attempt = await this.#ask(turn, context, { subject, log });
    try {
      await this.#end(await begun, context, attempt, log);
      await this.#leaveFullSession(context, attempt);
    } finally {
      if (attempt.instance !== undefined) this.#parts.pool.release(attempt.instance);
    }
  }

  /** A session that cannot be resumed is replaced by a new one at once: that is no fault of the message. */
  async #ask(turn: RunningTurn, context: TurnContext, record: TurnRecord): Promise<Attempt> {
    const attempt = await this.#askOnce(turn, context, record);
    const reason = moveReasonOf(attempt.outcome);
    if (reason === undefined) return attempt;
    await this.#leaveSession(context, attempt, reason);
    if (attempt.instance !== undefined) this.#parts.pool.release(attempt.instance);
    return await this.#askOnce(turn, context, record);
  }

  /** When the sender has its reply: before the next turn finds no room. */
  async #leaveFullSession(context: TurnContext, attempt: Attempt): Promise<void> {
    const { outcome, instance } = attempt;
    if (outcome.kind !== 'succeeded' || instance === undefined) return;
    const percent = context.module.descriptor.context?.fullPercent ?? this.#parts.fullPercent;
    if (await isContextFull(instance.run.process, outcome.result, percent))
      await this.#leaveSession(context, attempt, 'context_full');
  }

  async #leaveSession(context: TurnContext, { instance }: Attempt, reason: MoveReason): Promise<void> {
    if (instance !== undefined) await this.#parts.pool.end(instance, 'its session cannot go on');
    await leaveSession(this.#parts, { conversationId: context.conversationId, module: context.module.name, reason });
  }

  async #askOnce(turn: RunningTurn, context: TurnContext, { subject, log }: TurnRecord): Promise<Attempt> {
    const { pool } = this.#parts;
    let instance: AgentInstance | undefined;
    let hasSession = false;
    let hasSpoken = false;
    const limits = new ProviderLimits(this.#parts);
    try {
      instance = await pool.acquire(context.module, context.conversationId, {
        signal: turn.signal,
        traceparent: traceparentOf(context.claimed.message.headers),
      });
      // A cold start takes long enough for a lease to be lost, and a session has one writer.
      if (instance.run.turns === 0) await extendLease(turn, this.#parts.deliveries);
      const { blocks, retold } = await this.#told(context, instance);
      const outcome = await this.#converse(turn, instance, {
        prompt: blocks,
        onOutput: (output) => {
          turn.watchdog?.hear(output);
          limits.hear(output);
          if (!hasSpoken) pool.startSucceeded(context.module.name);
          hasSpoken = true;
          if (output.kind === 'session') hasSession = true;
          log.add(output);
        },
        onApprovalRequest: (request) => this.#parts.approvals.ask(subject, request),
      });
      const costUsd = pool.countTurn(instance, outcome.result?.totalCostUsd);
      return { outcome: await limits.judge(outcome, instance.run.lane), instance, costUsd, hasSession, retold };
    } catch (error) {
      if (instance !== undefined) pool.discard(instance, errorMessage(error));
      const outcome =
        turn.endedBy(undefined) ?? this.#outcomeOfError(error, context.module.name, isStart(instance, hasSpoken));
      return { outcome, instance, costUsd: 0, hasSession };
    }
  }

  /** A turn that was to end before its process was there does not begin. */
  async #converse(
    turn: RunningTurn,
    instance: AgentInstance,
    { prompt, onOutput, onApprovalRequest }: Conversation,
  ): Promise<TurnOutcome> {
    const ended = turn.endedBy(undefined);
    if (ended !== undefined) return ended;
    const { process } = instance.run;
    instance.turn = turn;
    turn.watchdog?.begin(() => process.lastHeardAt, instance.run.turns > 0);
    turn.attach({
      interrupt: () => process.interrupt(),
      stop: () => this.#parts.pool.end(instance, 'its turn did not end when it was asked to'),
    });
    try {
      const say = async (words: Prompt): Promise<TurnOutcome> => {
        const result = await process.runTurn(words, onOutput, onApprovalRequest);
        return turn.endedBy(result) ?? outcomeOfResult(result);
      };
      return await fittingAnswer(turn.module.descriptor.outputSchema, prompt, say);
    } finally {
      turn.detach();
    }
  }

  /** Whoever begins a session is told what was said in the conversation. */
  async #told({ claimed, module, conversationId }: TurnContext, instance: AgentInstance): Promise<ToldTurn> {
    const { contexts, database } = this.#parts;
    const remembers =
      instance.run.isSessionKept || (await sessionFor(database.read, conversationId, module.name)) !== undefined;
    return await contexts.turn(module, claimed.message, remembers);
  }

  /** Where processes do not start, turns wait until they do. */
  #outcomeOfError(error: unknown, module: string, wasStart: boolean): TurnOutcome {
    if (error instanceof AgentProcessError) {
      const { pool } = this.#parts;
      const outcome = outcomeOfProcessError(error.code, error.message);
      const isMissing = error.code === 'agent_not_installed' && pool.hasStarted;
      const isPassing = isMissing || (wasStart && error.code === 'agent_crashed');
      return isPassing ? { ...outcome, waitMs: pool.startFailed(module, error.message) } : outcome;
    }
    this.#parts.logger.error({ err: error }, 'a turn failed inside the hub');
    return internalFailure(error);
  }

  async #end(turnId: number, context: TurnContext, attempt: Attempt, log: TurnOutputLog): Promise<void> {
    const { database, deliveries, clock, logger } = this.#parts;
    try {
      const writeRest = await log.rest();
      await database.write(async (tx) => {
        await writeRest(tx);
        const costUsd = await this.#writeEnd(tx, turnId, context, attempt, log);
        await settleDelivery(tx, deliveries, context, { turnId, ...attempt, costUsd, now: clock.now() });
      });
    } catch (error) {
      logger.warn({ err: error, turn: turnId }, 'a turn could not end its delivery');
      const outcome = isHubError(error) ? lostOutcome(attempt.outcome) : internalFailure(error);
      await database.write(async (tx) => {
        await this.#writeEnd(tx, turnId, context, { ...attempt, outcome }, log);
      });
    }
  }

  async #writeEnd(
    tx: Transaction,
    turnId: number,
    context: TurnContext,
    attempt: Attempt,
    { firstTokenAt }: TurnOutputLog,
  ): Promise<number> {
    const { outcome, instance, costUsd: reportedUsd } = attempt;
    const { result } = outcome;
    const costUsd =
      instance === undefined || result === undefined
        ? reportedUsd
        : await this.#costs.record(tx, context, { turnId, instance, result, costUsd: reportedUsd });
    await this.#recorder.end(tx, context, { turnId, instanceId: instance?.id ?? null, firstTokenAt, outcome, costUsd });
    if (instance !== undefined) await this.#saveInstance(tx, turnId, context, { ...attempt, instance });
    return costUsd;
  }

  async #saveInstance(
    tx: Transaction,
    turnId: number,
    context: TurnContext,
    { instance, hasSession, retold }: Attempt & { readonly instance: AgentInstance },
  ): Promise<void> {
    await this.#parts.instances.save(tx, instance);
    const { run } = instance;
    if (!hasSession || run.isSessionKept) return;
    if (retold !== undefined) await this.#recordRetold(tx, turnId, context, retold);
    await sessionStore.put(tx, {
      conversation_id: context.conversationId,
      module: context.module.name,
      session_id: run.sessionId,
      is_started: 1,
      updated_at: this.#parts.clock.now(),
      lane: run.lane,
    });
    tx.afterCommit(() => {
      run.isSessionKept = true;
    });
  }

  async #recordRetold(tx: Transaction, turnId: number, context: TurnContext, data: object): Promise<void> {
    const { events, clock } = this.#parts;
    const subject = subjectOf(context, turnId);
    await events.append(tx, { type: 'conversation.retold', at: clock.now(), ...subject, data });
  }
}

/** Its process had not said anything yet, in this turn or before. */
const isStart = (instance: AgentInstance | undefined, hasSpoken: boolean): boolean =>
  !hasSpoken && instance?.run.turns === 0;

const internalFailure = (error: unknown): TurnOutcome => ({
  kind: 'failed',
  code: 'internal',
  message: errorMessage(error),
  isRetryable: true,
});
