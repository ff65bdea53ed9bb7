import type { AgentErrorCode, TurnResult } from './drivers/agent-driver.js';

/** How a turn ended, and what becomes of its delivery. */
export type TurnOutcome =
  | { readonly kind: 'succeeded'; readonly result: TurnResult }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly message: string;
      readonly isRetryable: boolean;
      readonly result?: TurnResult | undefined;
    }
  /** The hub or a person ended it: `cancelled` has settled its delivery, `draining` gives it back untried. */
  | {
      readonly kind: 'interrupted';
      readonly reason: 'cancelled' | 'draining' | 'lease_lost';
      readonly result?: TurnResult | undefined;
    }
  | { readonly kind: 'timed_out'; readonly message: string; readonly result?: TurnResult | undefined };

/** Of these the next attempt would be the same: somebody must mend something first. */
const finalCodes: ReadonlySet<AgentErrorCode> = new Set([
  'agent_not_installed',
  'agent_cwd_missing',
  'agent_start_failed',
]);

export const outcomeOfProcessError = (code: AgentErrorCode, message: string): TurnOutcome => ({
  kind: 'failed',
  code,
  message,
  isRetryable: !finalCodes.has(code),
});

/** Judged by `isError`: the CLI calls some failures `success` in their subtype. */
export const outcomeOfResult = (result: TurnResult): TurnOutcome => {
  if (!result.isError) return { kind: 'succeeded', result };
  const status = result.apiErrorStatus;
  const message = result.text || result.errors.join('; ') || `The turn ended as ${result.subtype}.`;
  if (result.subtype === 'error_max_turns' || result.subtype === 'error_max_budget_usd') {
    return { kind: 'failed', code: result.subtype, message, isRetryable: false, result };
  }
  if (status === undefined) return { kind: 'failed', code: 'agent_error', message, isRetryable: true, result };
  const isPassing = status === 408 || status === 429 || status >= 500;
  return { kind: 'failed', code: `api_${status}`, message, isRetryable: isPassing, result };
};
