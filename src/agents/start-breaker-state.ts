import { type BackoffPolicy, backoffMs } from '../lib/backoff.js';

/*
 *   closed --a start fails--> open --rest over--> half_open --a start succeeds--> closed
 *                              ^                     |
 *                              +---the start fails---+
 *
 * Closed takes any number of turns, open none, half open one at a time. The rest doubles with each failure in a row. A start has failed
 * where the process ended or hung before it said anything, and where there was none.
 */
export interface StartRecord {
  readonly failures: number;
  readonly restUntil: number;
  readonly reason: string;
}

export type StartBreakerState = 'closed' | 'open' | 'half_open';

const restPolicy: BackoffPolicy = { firstMs: 1000, maxMs: 60_000 };

export const startStateAt = (record: StartRecord | undefined, now: number): StartBreakerState => {
  if (record === undefined) return 'closed';
  return now < record.restUntil ? 'open' : 'half_open';
};

/** How many more turns may begin, of which `running` have. */
export const startRoomOf = (state: StartBreakerState, running: number): number => {
  if (state === 'closed') return Number.POSITIVE_INFINITY;
  return state === 'half_open' && running === 0 ? 1 : 0;
};

/** A start that failed while the others rest already tells nothing new. */
export const afterFailedStart = (
  record: StartRecord | undefined,
  { reason, now }: { readonly reason: string; readonly now: number },
  random?: () => number,
): StartRecord => {
  if (record !== undefined && now < record.restUntil) return record;
  const failures = (record?.failures ?? 0) + 1;
  return { failures, reason, restUntil: now + backoffMs(failures, restPolicy, random) };
};
