import type { Clock } from '../../lib/clock.js';
import type { RateLimitOutput, TurnOutput } from '../drivers/agent-driver.js';
import type { TurnOutcome } from '../turn-outcome.js';
import type { Lanes } from './lanes.js';

/** The provider takes no more for now: too many requests, or it is overloaded. */
const limitStatuses: ReadonlySet<number> = new Set([429, 529]);

/** Between its own tries, in milliseconds. */
const LONGEST_OWN_DELAY_MS = 32_000;

/** Hears in a turn what the provider says of its limits, and makes of a turn that failed by them one that waits. */
export class ProviderLimits {
  readonly #lanes: Lanes;
  readonly #clock: Clock;
  #closed: RateLimitOutput | undefined;
  #askedDelayMs = 0;

  constructor({ lanes, clock }: { readonly lanes: Lanes; readonly clock: Clock }) {
    this.#lanes = lanes;
    this.#clock = clock;
  }

  hear(output: TurnOutput): void {
    if (output.kind === 'rate_limit') this.#closed = output.status === 'rejected' ? output : undefined;
    if (output.kind === 'api_retry') this.#askedDelayMs = Math.ceil(output.retryDelayMs);
  }

  /** A refusal by the provider is no failure of the message: its attempt does not count. */
  async judge(outcome: TurnOutcome, lane: string): Promise<TurnOutcome> {
    if (outcome.kind === 'succeeded') await this.#lanes.answered(lane);
    if (outcome.kind !== 'failed') return outcome;
    const status = outcome.result?.apiErrorStatus;
    const isLimited = this.#closed !== undefined || (status !== undefined && limitStatuses.has(status));
    if (!isLimited) return outcome;
    const until = this.#closed?.resetsAt ?? this.#askedUntil();
    return { ...outcome, waitMs: await this.#lanes.refused(lane, { reason: outcome.message, until }) };
  }

  /** What the API asked to wait last, and had the CLI wait in vain; a shorter time is the CLI's own. */
  #askedUntil(): number | undefined {
    return this.#askedDelayMs > LONGEST_OWN_DELAY_MS ? this.#clock.now() + this.#askedDelayMs : undefined;
  }
}
