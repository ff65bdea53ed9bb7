import type { Database } from '../db/database.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import { errorMessage } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import type { DeliveryService } from '../messages/delivery-service.js';
import { traceparentOf } from '../messages/message-tracing.js';
import type { AgentInstance } from './agent-instance.js';
import type { AgentPool } from './agent-pool.js';
import { fittingAnswer } from './answers/fitting-answer.js';
import type { ApprovalQuestions } from './approvals/approval-questions.js';
import type { ContextService, ToldTurn } from './context/context-service.js';
import { isContextFull } from './context-fill.js';
import type { ApprovalAsk, Prompt, TurnOutput } from './drivers/agent-driver.js';
import { AgentProcessError } from './drivers/agent-process-error.js';
import type { InstanceRecorder } from './instance-recorder.js';
import { extendLease } from './kept-lease.js';
import { KeptSessions, type NamedSession } from './kept-session.js';
import type { Lanes } from './lanes/lanes.js';
import { ProviderLimits } from './lanes/provider-limits.js';
import type { RunningTurn } from './running-turn.js';
import { sessionFor } from './session-choice.js';
import { leaveSession, type MoveReason, moveReasonOf } from './session-move.js';
import { contextOf, subjectOf, type TurnContext } from './turn-context.js';
import { type Attempt, internalFailure, TurnEnding } from './turn-ending.js';
import { type FailedOutcome, outcomeOfProcessError, outcomeOfResult, type TurnOutcome } from './turn-outcome.js';
import { TurnOutputLog, type TurnOutputParts, type TurnSubject } from './turn-output.js';
import { TurnRecorder } from './turn-recorder.js';

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

/** Where what happens in a turn is put on record, when that has begun. */
interface BegunRecord {
  readonly turnId: Promise<number>;
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
  readonly #sessions: KeptSessions;
  readonly #ending: TurnEnding;

  constructor(parts: TurnRunnerParts) {
    this.#parts = parts;
    this.#recorder = new TurnRecorder(parts);
    this.#sessions = new KeptSessions(parts);
    this.#ending = new TurnEnding(parts, this.#sessions);
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
    const log = new TurnOutputLog(subject, { ...this.#parts, isOver: () => turn.isHurried });
    const attempt = await this.#ask(turn, context, { turnId: begun, subject, log });
    try {
      await this.#ending.end({ turn, turnId: await begun, context, log }, attempt);
      await this.#endSpent(attempt);
      await this.#leaveFullSession(context, attempt);
    } finally {
      if (attempt.instance !== undefined) this.#parts.pool.release(attempt.instance);
    }
  }

  /** A session that cannot be resumed is replaced by a new one at once: that is no fault of the message. */
  async #ask(turn: RunningTurn, context: TurnContext, record: BegunRecord): Promise<Attempt> {
    const attempt = await this.#askOnce(turn, context, record);
    const reason = moveReasonOf(attempt.outcome);
    if (reason === undefined) return attempt;
    await this.#leaveSession(context, attempt, reason);
    if (attempt.instance !== undefined) this.#parts.pool.release(attempt.instance);
    return await this.#askOnce(turn, context, record);
  }

  /** The limit is that of the process: kept warm, it would refuse every turn from now on. */
  async #endSpent({ outcome, instance }: Attempt): Promise<void> {
    if (instance !== undefined && outcome.kind === 'failed' && outcome.code === 'error_max_budget_usd')
      await this.#parts.pool.end(instance, 'its budget is spent');
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

  async #askOnce(turn: RunningTurn, context: TurnContext, { turnId, subject, log }: BegunRecord): Promise<Attempt> {
    const { pool } = this.#parts;
    let instance: AgentInstance | undefined;
    let session: NamedSession | undefined;
    let hasSpoken = false;
    const limits = new ProviderLimits(this.#parts);
    try {
      instance = await pool.acquire(context.module, context.conversationId, {
        turn,
        traceparent: traceparentOf(context.claimed.message.headers),
      });
      // A cold start takes long enough for a lease to be lost, and a session has one writer.
      if (instance.run.turns === 0) await extendLease(turn, this.#parts.deliveries);
      const { blocks, retold } = await this.#told(context, instance);
      const held = instance;
      const outcome = await this.#converse(turn, held, {
        prompt: blocks,
        onOutput: (output) => {
          turn.watchdog?.hear(output);
          limits.hear(output);
          if (!hasSpoken) pool.startSucceeded(context.module.name);
          hasSpoken = true;
          if (output.kind === 'session' && !held.run.isSessionKept)
            session ??= this.#sessions.named(turnId, context, { instance: held, retold });
          log.add(output);
        },
        onApprovalRequest: (request) => this.#parts.approvals.ask(subject, request),
      });
      const costUsd = pool.countTurn(instance, outcome.result?.totalCostUsd);
      return { outcome: await limits.judge(outcome, instance.run.lane), instance, costUsd, session };
    } catch (error) {
      if (instance !== undefined) pool.discard(instance, errorMessage(error));
      const outcome = this.#outcomeOfLoss(error, turn, hasSpoken ? undefined : startOf(instance));
      return { outcome, instance, costUsd: 0, session };
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

  /** @param start of the process that was lost before it said anything */
  #outcomeOfLoss(error: unknown, turn: RunningTurn, start: Start | undefined): TurnOutcome {
    const ended = turn.endedBy(undefined);
    const { name } = turn.module;
    if (ended?.kind === 'timed_out' && start === 'new' && turn.endReason === 'stalled')
      return this.#failedStart(name, { ...ended, kind: 'failed', isRetryable: true });
    if (ended !== undefined) return ended;
    if (error instanceof AgentProcessError) {
      const outcome = outcomeOfProcessError(error.code, error.message);
      return this.#isFailedStart(error, start) ? this.#failedStart(name, outcome) : outcome;
    }
    this.#parts.logger.error({ err: error }, 'a turn failed inside the hub');
    return internalFailure(error);
  }

  /** A program that is missing but was there is being replaced. */
  #isFailedStart({ code }: AgentProcessError, start: Start | undefined): boolean {
    if (code === 'agent_not_installed') return this.#parts.pool.hasStarted;
    return code === 'agent_start_refused' || (start !== undefined && code === 'agent_crashed');
  }

  /** Where processes do not start, turns wait until they do. */
  #failedStart(module: string, outcome: FailedOutcome): TurnOutcome {
    return { ...outcome, waitMs: this.#parts.pool.startFailed(module, outcome.message) };
  }
}

/** One that hangs may do so because of the session that it resumes: then it is the message's turn that fails, not the program. */
type Start = 'new' | 'resumed';

/** Undefined where it has had turns. */
const startOf = (instance: AgentInstance | undefined): Start | undefined => {
  if (instance?.run.turns !== 0) return undefined;
  return instance.run.isSessionKept ? 'resumed' : 'new';
};
