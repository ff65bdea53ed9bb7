/*
 *   closed --5 failures in a row--> open --60 s over--> half_open --the trial succeeds--> closed
 *                                    ^                     |
 *                                    +---the trial fails---+
 *
 * Closed takes any number of tries, open none, half open one at a time. Every change of state begins a new era, and a verdict on a try of
 * an earlier era changes nothing: what was under way when the breaker opened says nothing about the endpoint as it is now.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly era: number; readonly failures: number }
  | { readonly state: 'open'; readonly era: number; readonly openUntil: number }
  | { readonly state: 'half_open'; readonly era: number; readonly isTrialOut: boolean };

export type BreakerState = Breaker['state'];

export const FAILURES_TO_OPEN = 5;
export const OPEN_MS = 60_000;

export const newBreaker: Breaker = { state: 'closed', era: 0, failures: 0 };

/** As it is at `now`. */
export const breakerAt = (breaker: Breaker, now: number): Breaker =>
  breaker.state === 'open' && now >= breaker.openUntil
    ? { state: 'half_open', era: breaker.era + 1, isTrialOut: false }
    : breaker;

/** How many more tries may begin. */
export const roomOf = (breaker: Breaker): number => {
  if (breaker.state === 'closed') return Number.POSITIVE_INFINITY;
  return breaker.state === 'half_open' && !breaker.isTrialOut ? 1 : 0;
};

/** A try begins; only where there is room. */
export const beginTry = (breaker: Breaker): Breaker =>
  breaker.state === 'half_open' ? { ...breaker, isTrialOut: true } : breaker;

export type Verdict = 'succeeded' | 'failed' | 'abandoned';

/** A try that began in `era` has ended. `abandoned`: without a word on the endpoint. */
export const endTry = (
  breaker: Breaker,
  { era, verdict, now }: { era: number; verdict: Verdict; now: number },
): Breaker => {
  if (era !== breaker.era || breaker.state === 'open') return breaker;
  if (verdict === 'abandoned') return breaker.state === 'half_open' ? { ...breaker, isTrialOut: false } : breaker;
  if (verdict === 'succeeded') {
    return { state: 'closed', era: breaker.state === 'closed' ? era : era + 1, failures: 0 };
  }
  const failures = breaker.state === 'closed' ? breaker.failures + 1 : FAILURES_TO_OPEN;
  if (failures >= FAILURES_TO_OPEN) return { state: 'open', era: era + 1, openUntil: now + OPEN_MS };
  return { state: 'closed', era, failures };
};
