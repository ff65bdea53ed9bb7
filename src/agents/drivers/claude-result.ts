import type { TurnResult } from './agent-driver.js';
import { type JsonObject, listField, numberField, objectField, stringField } from './json-fields.js';

/** The `result` line, the last of every turn. Its subtype says `success` for some failures: only `is_error` counts. */
export function turnResultOf(line: JsonObject): TurnResult {
  const isError = line.is_error === true;
  const terminalReason = stringField(line, 'terminal_reason');
  return {
    isError,
    outcome: outcomeOf(isError, terminalReason),
    text: stringField(line, 'result') ?? '',
    structuredOutput: line.structured_output,
    sessionId: stringField(line, 'session_id') ?? '',
    subtype: stringField(line, 'subtype') ?? '',
    terminalReason,
    errors: listField(line, 'errors').map(String),
    apiErrorStatus: numberField(line, 'api_error_status'),
    ...tokensOf(objectField(line, 'usage')),
    totalCostUsd: numberField(line, 'total_cost_usd') ?? 0,
    durationMs: numberField(line, 'duration_ms') ?? 0,
    durationApiMs: numberField(line, 'duration_api_ms') ?? 0,
    numTurns: numberField(line, 'num_turns') ?? 0,
    permissionDenials: listField(line, 'permission_denials'),
    modelUsage: objectField(line, 'modelUsage'),
  };
}

/** An unknown session is told in the first result, just before the process exits with code 1. */
export function isSessionMissing({ errors }: Pick<TurnResult, 'errors'>): boolean {
  return errors.some((error) => error.startsWith('No conversation found with session ID'));
}

function outcomeOf(isError: boolean, terminalReason: string | undefined): TurnResult['outcome'] {
  if (terminalReason?.startsWith('aborted')) return 'interrupted';
  return isError ? 'failed' : 'succeeded';
}

function tokensOf(usage: JsonObject) {
  return {
    inputTokens: numberField(usage, 'input_tokens') ?? 0,
    outputTokens: numberField(usage, 'output_tokens') ?? 0,
    cacheReadTokens: numberField(usage, 'cache_read_input_tokens') ?? 0,
    cacheCreationTokens: numberField(usage, 'cache_creation_input_tokens') ?? 0,
  };
}
