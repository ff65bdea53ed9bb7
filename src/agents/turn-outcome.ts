import type { FieldProblem } from '../lib/errors.js';
import { problemText } from './answers/structured-answer.js';
import type { AgentErrorCode, TurnResult } from './drivers/agent-driver.js';

/** How a turn ended, and what becomes of its delivery. */
export type TurnOutcome =
  | {
      readonly kind: 'succeeded';
      readonly result: TurnResult;
      /** Where the agent has an outputSchema: what fits it. */
      readonly data?: unknown;
    }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly message: string;
      /** Where the answer does not fit its schema. */
      readonly errors?: readonly FieldProblem[] | undefined;
      readonly isRetryable: boolean;
      /** Not the message's fault: its attempt does not count, and it waits so long before the next. */
      readonly waitMs?: number | undefined;
      readonly result?: TurnResult | undefined;
    }
  /**
   * The hub or a person ended it. `draining` and `instance_stopped` give its delivery back untried, `interrupted` fails it for good, and
   * the others leave the delivery as it is.
   */
  | {
      readonly kind: 'interrupted';
      readonly reason: 'cancelled' | 'draining' | 'instance_stopped' | 'interrupted' | 'lease_lost' | 'not_recorded';
      readonly result?: TurnResult | undefined;
    }
  | {
      readonly kind: 'timed_out';
      readonly code: string;
      readonly message: string;
      readonly result?: TurnResult | undefined;
    };

export type FailedOutcome = Extract<TurnOutcome, { kind: 'failed' }>;

export interface TurnProblem {
  readonly code: string;
  readonly message: string;
  readonly errors?: readonly FieldProblem[];
}

/** Of these the next attempt would be the same: somebody must mend something first. */
const finalCodes: ReadonlySet<AgentErrorCode> = new Set([
  'agent_not_installed',
  'agent_cwd_missing',
  'agent_start_failed',
]);

export const outcomeOfProcessError = (code: AgentErrorCode, message: string): FailedOutcome => ({
  kind: 'failed',
  code,
  message,
  isRetryable: !finalCodes.has(code),
});

/** Not judged by its subtype: the CLI calls some failures `success`. One that nobody interrupted and was, is tried again. */
export const outcomeOfResult = (result: TurnResult): TurnOutcome => {
  if (result.outcome === 'succeeded') return { kind: 'succeeded', result };
  const status = result.apiErrorStatus;
  const message = result.text || result.errors.join('; ') || `The turn ended as ${result.subtype}.`;
  if (result.subtype === 'error_max_turns' || result.subtype === 'error_max_budget_usd') {
    return { kind: 'failed', code: result.subtype, message, isRetryable: false, result };
  }
  if (result.subtype === 'error_max_structured_output_retries') return misfit(message, whyOf(result), result);
  if (status === undefined) return { kind: 'failed', code: 'agent_error', message, isRetryable: true, result };
  const isPassing = status === 408 || status === 429 || status >= 500;
  return { kind: 'failed', code: `api_${status}`, message, isRetryable: isPassing, result };
};

/** It was told what does not fit, and its second answer does not either. */
export const outcomeOfMisfit = (errors: readonly FieldProblem[], result: TurnResult): TurnOutcome =>
  misfit(`The answer does not fit the outputSchema: ${problemText(errors)}.`, errors, result);

/** Not tried again: another attempt would cost as much. */
const misfit = (message: string, errors: readonly FieldProblem[], result: TurnResult): TurnOutcome => ({
  kind: 'failed',
  code: 'output_mismatch',
  message,
  errors,
  isRetryable: false,
  result,
});

const whyOf = ({ errors }: TurnResult): readonly FieldProblem[] => errors.map((message) => ({ pointer: '', message }));

/** Its delivery went to somebody else, or was settled, while it ran. */
export const lostOutcome = ({ result }: TurnOutcome): TurnOutcome => ({
  kind: 'interrupted',
  reason: 'lease_lost',
  result,
});

/** What went wrong; undefined where nothing did, or somebody wanted it so. */
export const problemOf = (outcome: TurnOutcome): TurnProblem | undefined => {
  if (outcome.kind === 'failed') {
    const { code, message, errors } = outcome;
    return { code, message, ...(errors === undefined ? {} : { errors }) };
  }
  if (outcome.kind === 'interrupted' && outcome.reason === 'interrupted')
    return { code: 'turn_interrupted', message: 'Somebody interrupted the turn.' };
  if (outcome.kind === 'timed_out') return { code: outcome.code, message: outcome.message };
  return undefined;
};
