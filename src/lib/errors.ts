/** One place in a request that is wrong: a JSON pointer and what is wrong there. */
export interface FieldProblem {
  readonly pointer: string;
  readonly message: string;
}

/** Every code that a client can meet. Codes are stable; `http/error-status.ts` gives each its status number. */
export type ErrorCode =
  | 'agent_crashed'
  | 'approval_decided'
  | 'approval_not_found'
  | 'bad_signature'
  | 'body_too_large'
  | 'conflict'
  | 'conversation_in_use'
  | 'cursor_expired'
  | 'database_busy'
  | 'delivery_final'
  | 'disk_failed'
  | 'disk_full'
  | 'draining'
  | 'forbidden'
  | 'host_not_allowed'
  | 'hub_unreachable'
  | 'idempotency_mismatch'
  | 'internal'
  | 'instances_full'
  | 'invalid_json'
  | 'invalid_request'
  | 'invalid_yaml'
  | 'lease_lost'
  | 'method_not_allowed'
  | 'module_has_open_deliveries'
  | 'no_capable_module'
  | 'no_reply_coming'
  | 'not_found'
  | 'message_not_found'
  | 'module_not_found'
  | 'delivery_not_found'
  | 'conversation_not_found'
  | 'template_invalid'
  | 'template_not_found'
  | 'turn_not_found'
  | 'instance_not_found'
  | 'key_not_found'
  | 'task_not_found'
  | 'task_cycle'
  | 'task_taken'
  | 'task_blocked'
  | 'payload_mismatch'
  | 'precondition_failed'
  | 'queue_full'
  | 'rate_limited'
  | 'state_conflict'
  | 'unauthenticated'
  | 'unsupported_media_type'
  | 'webhook_not_found';

/** For the RateLimit and RateLimit-Policy headers: a policy and how it stands. */
export interface RateLimit {
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

export interface ErrorDetails {
  readonly errors?: readonly FieldProblem[];
  readonly retryAfterSeconds?: number;
  readonly rateLimit?: RateLimit;
  /** With cursor_expired: the oldest number that is kept. */
  readonly oldestSeq?: number;
  readonly cause?: unknown;
}

/** A broken expectation with a stable code. Ordinary outcomes (nothing to claim, no reply yet) are values instead. */
export class HubError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldProblem[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly rateLimit: RateLimit | undefined;
  readonly oldestSeq: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'HubError';
    this.code = code;
    this.errors = details.errors;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.rateLimit = details.rateLimit;
    this.oldestSeq = details.oldestSeq;
  }
}

export const isHubError = (error: unknown): error is HubError => error instanceof HubError;

export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));
