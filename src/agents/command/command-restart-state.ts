import { type BackoffPolicy, backoffMs } from '../../lib/backoff.js';

/*
 *   may start --start--> running --answers--> proven --ends in order--> may start
 *       ^                   |                   |
 *       |                   +------- ends ------+--> resting --time over--> may start
 *
 * A start has failed where the program ends before it has answered anything. The rest doubles with each failed start; and after one the
 * next is on probation: it is given nothing until it has lived for a while, so that no attempt is spent on a program that cannot start.
 */
export interface RestartRecord {
  /** Failed starts in a row. */
  readonly failures: number;
  readonly restUntil: number;
}

export const PROBATION_MS = 1000;

const restPolicy: BackoffPolicy = { firstMs: 500, maxMs: 60_000 };

export const newRecord: RestartRecord = { failures: 0, restUntil: 0 };

export const mayStart = ({ restUntil }: RestartRecord, now: number): boolean => now >= restUntil;

/** Whether a program that has been up for `upMs` is given work. */
export const isTrusted = ({ failures }: RestartRecord, upMs: number): boolean => failures === 0 || upMs >= PROBATION_MS;

export interface Ended {
  readonly hasAnswered: boolean;
  /** With code 0 and nothing left unanswered. */
  readonly wasInOrder: boolean;
  readonly now: number;
}

export const afterEnd = (
  { failures }: RestartRecord,
  { hasAnswered, wasInOrder, now }: Ended,
  random?: () => number,
): RestartRecord => {
  if (hasAnswered && wasInOrder) return newRecord;
  const failed = hasAnswered ? 0 : failures + 1;
  return { failures: failed, restUntil: now + backoffMs(failed, restPolicy, random) };
};
