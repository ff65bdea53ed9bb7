/** In milliseconds. What hangs holds nobody up for ever. */
export interface TimeLimits {
  /** Until a connection is there, new or free again. */
  readonly connectMs: number;
  /** A server that is asked and says nothing for so long is away: whose write it has not begun with need not wait for it. */
  readonly silenceMs: number;
  /** The server ends a statement that takes longer, */
  readonly statementMs: number;
  /** a write that does nothing for so long, before other hubs give up waiting for it, */
  readonly pauseMs: number;
  /** and one that waits so long for the writes of other hubs. */
  readonly lockMs: number;
  /** A connection that has not answered in this time is given up. */
  readonly answerMs: number;
}

/** Of a hub that answers requests. */
export const requestLimits: TimeLimits = {
  connectMs: 2000,
  silenceMs: 1500,
  statementMs: 10_000,
  pauseMs: 4000,
  lockMs: 5000,
  answerMs: 15_000,
};
