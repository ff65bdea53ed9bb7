import { type BackoffPolicy, backoffMs } from '../../lib/backoff.js';

/*
 *   open --the provider refuses--> paused --its time is over--> open
 *
 * A pause lasts until the provider says, or where it does not say, for a time that doubles with each refusal in a row.
 */
export interface LaneRecord {
  readonly name: string;
  /** Null while it is open. */
  readonly pausedUntil: number | null;
  readonly reason: string | null;
  /** Refusals since the last answer. */
  readonly failures: number;
}

export interface Refusal {
  readonly reason: string;
  /** Of what the provider said, undefined where it said nothing. */
  readonly until: number | undefined;
  readonly now: number;
}

const pausePolicy: BackoffPolicy = { firstMs: 15_000, maxMs: 600_000 };

export const newLane = (name: string): LaneRecord => ({ name, pausedUntil: null, reason: null, failures: 0 });

export const isOpenAt = ({ pausedUntil }: LaneRecord, now: number): boolean =>
  pausedUntil === null || now >= pausedUntil;

/** A pause never becomes shorter by another refusal. */
export const afterRefusal = (lane: LaneRecord, { reason, until, now }: Refusal, random?: () => number): LaneRecord => {
  const isOpen = isOpenAt(lane, now);
  const failures = isOpen ? lane.failures + 1 : lane.failures;
  const asked = until !== undefined && until > now ? until : now + backoffMs(failures, pausePolicy, random);
  const pausedUntil = isOpen ? asked : Math.max(asked, lane.pausedUntil ?? 0);
  return { ...lane, failures, reason, pausedUntil };
};
