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
import { KeptSessions, type NamedSession } from './kept-session.js';
import type { TurnContext } from './turn-context.js';
import { lostOutcome, type TurnOutcome } from './turn-outcome.js';
import type { TurnOutputLog } from './turn-output.js';
import { TurnRecorder } from './turn-recorder.js';
import { settleDelivery } from './turn-settlement.js';

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

  constructor(parts: TurnEndingParts) {
    this.#parts = parts;
    this.#recorder = new TurnRecorder(parts);
    this.#costs = new CostRecorder(parts);
    this.#sessions = new KeptSessions(parts);
  }

  async end(turn: TurnRecord, attempt: Attempt): Promise<void> {
    const { database, deliveries, clock, logger } = this.#parts;
    const { turnId, context, log } = turn;
    await attempt.session?.early;
    try {
      const writeRest = await log.rest();
      await patiently(SETTLE_MS, () =>
        database.write(async (tx) => {
          await writeRest(tx);
          const costUsd = await this.#writeEnd(tx, turn, attempt);
          await settleDelivery(tx, deliveries, context, { turnId, ...attempt, costUsd, now: clock.now() });
        }),
      );
    } catch (error) {
      logger.warn({ err: error, turn: turnId }, 'a turn could not end its delivery');
      const outcome = isHubError(error) ? lostOutcome(attempt.outcome) : internalFailure(error);
      await patiently(END_MS, () =>
        database.write(async (tx) => {
          await this.#writeEnd(tx, turn, { ...attempt, outcome });
        }),
      );
    }
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
    if (outcome.kind === 'interrupted' && outcome.reason === 'cancelled') await forgetIfDeleted(tx, context);
    return costUsd;
  }
}

export const internalFailure = (error: unknown): TurnOutcome => ({
  kind: 'failed',
  code: 'internal',
  message: errorMessage(error),
  isRetryable: true,
});
