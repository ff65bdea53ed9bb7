export const BEAT_MS = 2000;
/** A hub that has not beaten for so long is lost, and its duties are free: others take over within 10 s. */
export const LOST_AFTER_MS = 7000;
/** Whose own last beat is older has stood still himself, or the database has, or its clock was moved: perhaps all others have too. */
const GAP_MS = 2 * BEAT_MS;

/** What a hub finds under the lock, just before it beats. */
export interface Look {
  /** By a clock of the hub that is never set back, in milliseconds. */
  readonly at: number;
  /** By the clock of the database, since its own last beat. */
  readonly ownSilenceMs: number;
}

/** Since when every beat came in time. @param since what it was at the look before; none is `Infinity` */
export const steadySince = (since: number, { at, ownSilenceMs }: Look): number =>
  ownSilenceMs > GAP_MS ? at : Math.min(since, at);

/** A hub judges others when it has been steady for as long as it takes to be lost. */
export const mayJudge = (since: number, { at }: Look): boolean => at - since > LOST_AFTER_MS;

export const isLost = (silenceMs: number): boolean => silenceMs > LOST_AFTER_MS;
