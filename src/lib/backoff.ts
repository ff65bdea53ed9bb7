export interface BackoffPolicy {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before the next try, in milliseconds: doubled with each failure, capped, and drawn evenly from the upper half
 * of that span, so that many that failed together do not come back together.
 */
export const backoffMs = (failures: number, policy: BackoffPolicy, random: () => number = Math.random): number => {
  const span = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.max(0, failures - 1));
  return Math.round(span / 2 + (random() * span) / 2);
};
