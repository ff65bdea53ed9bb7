import { toRfc3339 } from '../lib/clock.js';
import type { TurnResult } from './drivers/agent-driver.js';

export interface AnsweredRequest {
  readonly source: string;
  readonly target: string;
  /** What was asked, in words. */
  readonly message: string;
  readonly turnId: number;
  readonly now: number;
}

/** The payload of an agent's reply: one shape, whether it went well or not. */
export const successPayload = (request: AnsweredRequest, result: TurnResult, costUsd: number) => ({
  ...head(request),
  response: result.text,
  status: 'SUCCESS',
  usage: usageOf(result),
  costUsd,
  turnId: `turn_${request.turnId}`,
});

export const errorPayload = (request: AnsweredRequest, error: { readonly code: string; readonly message: string }) => ({
  ...head(request),
  response: '',
  status: 'ERROR',
  error,
  usage: { inputTokens: 0, outputTokens: 0 },
  costUsd: 0,
  turnId: `turn_${request.turnId}`,
});

const head = ({ source, target, message, now }: AnsweredRequest) => ({
  source,
  target,
  timestamp: toRfc3339(now),
  message,
});

const usageOf = (result: TurnResult) => ({
  inputTokens: result.inputTokens,
  outputTokens: result.outputTokens,
  cacheReadTokens: result.cacheReadTokens,
  cacheCreationTokens: result.cacheCreationTokens,
});
