import { toRfc3339 } from '../lib/clock.js';
import type { TurnResult } from './drivers/agent-driver.js';
import type { TurnProblem } from './turn-outcome.js';

export interface AnsweredRequest {
  readonly source: string;
  readonly target: string;
  /** What was asked, in words. */
  readonly message: string;
  /** Undefined where none was begun. */
  readonly turnId: number | undefined;
  readonly now: number;
}

/** The payload of an agent's reply: one shape, whether it went well or not. */
export const successPayload = (
  request: AnsweredRequest,
  { result, data }: { readonly result: TurnResult; readonly data?: unknown },
  costUsd: number,
) => ({
  ...head(request),
  response: result.text,
  status: 'SUCCESS',
  ...(data === undefined ? {} : { data }),
  ...spent(request, result, costUsd),
});

export const errorPayload = (
  request: AnsweredRequest,
  error: TurnProblem,
  result: TurnResult | undefined,
  costUsd: number,
) => ({
  ...head(request),
  response: '',
  status: 'ERROR',
  error,
  ...spent(request, result, costUsd),
});

const head = ({ source, target, message, now }: AnsweredRequest) => ({
  source,
  target,
  timestamp: toRfc3339(now),
  message,
});

const spent = ({ turnId }: AnsweredRequest, result: TurnResult | undefined, costUsd: number) => ({
  usage: {
    inputTokens: result?.inputTokens ?? 0,
    outputTokens: result?.outputTokens ?? 0,
    cacheReadTokens: result?.cacheReadTokens ?? 0,
    cacheCreationTokens: result?.cacheCreationTokens ?? 0,
  },
  costUsd,
  ...(turnId === undefined ? {} : { turnId: `turn_${turnId}` }),
});
