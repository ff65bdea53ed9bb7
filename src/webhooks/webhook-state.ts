import { type BackoffPolicy, backoffMs } from '../lib/backoff.js';

/*
 *   active --asked | gone | not allowed | failing: 100 failures in a row--> paused --resume--> active
 *
 * Where a webhook was stays where it is: resumed, it is told of everything since, as far as that is kept.
 */
export const webhookStates = ['active', 'paused'] as const;
export type WebhookState = (typeof webhookStates)[number];

/** `gone`: its endpoint answered 410. `not_allowed`: the operator does not allow its host any more. */
export const pauseReasons = ['asked', 'failing', 'gone', 'not_allowed'] as const;
export type PauseReason = (typeof pauseReasons)[number];

/** With the backoff below, most of a day. */
export const FAILURES_TO_PAUSE = 100;
export const RETRIES: BackoffPolicy = { firstMs: 1000, maxMs: 15 * 60_000 };

export interface RetryLimits {
  readonly failuresToPause: number;
  readonly backoff: BackoffPolicy;
}

export const retryLimits: RetryLimits = { failuresToPause: FAILURES_TO_PAUSE, backoff: RETRIES };

export type AfterFailure =
  | { readonly kind: 'again'; readonly waitMs: number }
  | { readonly kind: 'paused'; readonly reason: PauseReason };

export interface Failure {
  /** In a row, with this one. */
  readonly failures: number;
  /** Of the answer, where one came. */
  readonly status: number | undefined;
  /** What the endpoint asked for. */
  readonly delaySeconds: number | undefined;
}

/** The endpoint may ask for a longer wait than the backoff, and not for a shorter one. */
export const afterFailure = (
  { failures, status, delaySeconds = 0 }: Failure,
  { failuresToPause, backoff }: RetryLimits = retryLimits,
  random?: () => number,
): AfterFailure => {
  if (status === 410) return { kind: 'paused', reason: 'gone' };
  if (failures >= failuresToPause) return { kind: 'paused', reason: 'failing' };
  return { kind: 'again', waitMs: Math.max(backoffMs(failures, backoff, random), delaySeconds * 1000) };
};
