import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import { errorMessage, isHubError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import { patiently } from '../lib/patience.js';
import type { DeliveryService } from '../messages/delivery-service.js';
import type { AgentInstance } from './agent-instance.js';
import { forgetIfDeleted } from './conversation-sessions.js';
import { CostRecorder } from './costs/cost-recorder.js';
import type { InstanceRecorder } from './instance-recorder.js';
import type { KeptSessions, NamedSession } from './kept-session.js';
import type { RunningTurn } from './running-turn.js';
import type { TurnContext } from './turn-context.js';
import { lostOutcome, type TurnOutcome } from './turn-outcome.js';
import type { TurnOutputLog } from './turn-output.js';
import { TurnRecorder } from './turn-recorder.js';
import { settleDelivery } from './turn-settlement.js';
import { turnStore } from './turn-store.js';

export interface TurnEndingParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deliveries: DeliveryService;
  readonly instances: InstanceRecorder;
}

/** What came of asking an agent. */
export interface Attempt {
  readonly outcome: TurnOutcome;
  readonly instance: AgentInstance | undefined;
  readonly costUsd: number;
  /** From here on it can be resumed. Undefined where the CLI has named none, or it was on record before. */
  readonly session: NamedSession | undefined;
}

/** Where what happens in a turn is put on record. */
export interface TurnRecord {
  readonly turn: Pick<RunningTurn, 'isHurried'>;
  readonly turnId: number;
  readonly context: TurnContext;
  readonly log: TurnOutputLog;
}

/** While the database is away a turn that is over waits for it, in milliseconds: for its delivery no longer than the lease lasts, */
const SETTLE_MS = 30_000;
/** and for its own end a while longer. */
const END_MS = 120_000;

/** Puts the end of a turn on record, and with it what becomes of its delivery. */
export class TurnEnding {
  readonly #parts: TurnEndingParts;
  readonly #recorder: TurnRecorder;
  readonly #costs: CostRecorder;
  readonly #sessions: KeptSessions;

  constructor(parts: TurnEndingParts, sessions: KeptSessions) {
    this.#parts = parts;
    this.#recorder = new TurnRecorder(parts);
    this.#costs = new CostRecorder(parts);
    this.#sessions = sessions;
  }

  async end(record: TurnRecord, attempt: Attempt): Promise<void> {
    const { deliveries, clock, logger } = this.#parts;
    const { turnId, context, log } = record;
    const write = this.#writerOf(record);
    await attempt.session?.early;
    try {
      const writeRest = await log.rest();
      await write(SETTLE_MS, async (tx) => {
        await writeRest(tx);
        const costUsd = await this.#writeEnd(tx, record, attempt);
        await settleDelivery(tx, deliveries, context, { turnId, ...attempt, costUsd, now: clock.now() });
      });
    } catch (error) {
      logger.warn({ err: error, turn: turnId }, 'a turn could not end its delivery');
      const outcome = isHubError(error) ? lostOutcome(attempt.outcome) : internalFailure(error);
      await write(END_MS, async (tx) => {
        await this.#writeEnd(tx, record, { ...attempt, outcome });
      });
    }
  }

  /** Where the connection was lost nobody knows whether it was written: what it did is not done again. */
  #writerOf({ turn, turnId }: TurnRecord) {
    let mayBeWritten = false;
    const attempt = async (work: (tx: Transaction) => Promise<void>): Promise<void> => {
      const isAgain = mayBeWritten;
      try {
        await this.#parts.database.write(async (tx) => {
          if (!isAgain || (await turnStore.isOpen(tx, turnId))) await work(tx);
        });
      } catch (error) {
        mayBeWritten ||= isHubError(error) && error.code === 'database_busy';
        throw error;
      }
    };
    return async (patienceMs: number, work: (tx: Transaction) => Promise<void>): Promise<void> =>
      await patiently(
        patienceMs,
        () => attempt(work),
        () => turn.isHurried,
      );
  }

  /** @returns what it cost */
  async #writeEnd(tx: Transaction, { turnId, context, log }: TurnRecord, attempt: Attempt): Promise<number> {
    const { outcome, instance, costUsd: reportedUsd, session } = attempt;
    const { result } = outcome;
    const costUsd =
      instance === undefined || result === undefined
        ? reportedUsd
        : await this.#costs.record(tx, context, { turnId, instance, result, costUsd: reportedUsd });
    const { firstTokenAt } = log;
    const end = { turnId, instanceId: instance?.id ?? null, firstTokenAt, outcome, costUsd };
    // Whoever has ended it in place of this hub has taken up its conversation too.
    if (!(await this.#recorder.end(tx, context, end))) return costUsd;
    if (instance !== undefined) await this.#parts.instances.save(tx, instance);
    if (session !== undefined) await this.#sessions.keep(tx, turnId, context, session);
    if (outcome.kind !== 'succeeded') await forgetIfDeleted(tx, context);
    return costUsd;
  }
}

export const internalFailure = (error: unknown): TurnOutcome => ({
  kind: 'failed',
  code: 'internal',
  message: errorMessage(error),
  isRetryable: true,
});
