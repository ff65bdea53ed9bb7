import type { TurnOutput } from './agent-driver.js';
import { type JsonObject, listField, numberField, objectField, stringField } from './json-fields.js';

/** Said once or more in every request, and of use to nobody. */
const IGNORED = new Set(['thinking_tokens']);

/** The output for a line that is no message: a session, a retry, a usage window, or news that is passed on as it is. */
export function systemOutput(line: JsonObject): TurnOutput | undefined {
  const name = stringField(line, line.type === 'system' ? 'subtype' : 'type') ?? '';
  if (name === 'init') return session(line);
  if (name === 'api_retry') return apiRetry(line);
  if (name === 'rate_limit_event') return rateLimit(objectField(line, 'rate_limit_info'));
  if (IGNORED.has(name) || line.status === 'requesting') return undefined;
  return { kind: 'notice', name, detail: line };
}

function session(line: JsonObject): TurnOutput {
  return {
    kind: 'session',
    sessionId: stringField(line, 'session_id') ?? '',
    model: stringField(line, 'model') ?? '',
    tools: listField(line, 'tools').map(String),
  };
}

function apiRetry(line: JsonObject): TurnOutput {
  return {
    kind: 'api_retry',
    attempt: numberField(line, 'attempt') ?? 0,
    maxRetries: numberField(line, 'max_retries') ?? 0,
    retryDelayMs: numberField(line, 'retry_delay_ms') ?? 0,
    status: numberField(line, 'error_status'),
  };
}

/** The CLI says seconds since the epoch. */
function rateLimit(info: JsonObject): TurnOutput {
  const resetsAtSeconds = numberField(info, 'resetsAt');
  return {
    kind: 'rate_limit',
    status: stringField(info, 'status') ?? '',
    limitType: stringField(info, 'rateLimitType'),
    resetsAt: resetsAtSeconds === undefined ? undefined : resetsAtSeconds * 1000,
    utilization: numberField(info, 'utilization'),
  };
}
