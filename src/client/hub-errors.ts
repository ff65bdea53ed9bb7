import type { Problem } from './hub-types.js';

/** The hub refused, and said why. */
export class HubProblem extends Error {
  readonly status: number;
  /** Stable: decide by it. */
  readonly code: string;
  readonly problem: Problem;
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(problem.detail ?? problem.title);
    this.name = 'HubProblem';
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Nobody answers there, or the connection broke before the answer was there. */
export class HubUnreachable extends Error {
  readonly url: string;

  constructor(url: string, cause: unknown) {
    super(`The hub at ${url} cannot be reached: ${reasonOf(cause)}`, { cause });
    this.name = 'HubUnreachable';
    this.url = url;
  }
}

/** Nobody has said where the hub is, and none runs on the data folder. */
export class HubNotFound extends Error {
  constructor(folder: string) {
    super(`No hub runs on the data folder ${folder}: there is no hub.json in it.`);
    this.name = 'HubNotFound';
  }
}

/** The message was sent; its reply was not there in time and can still be fetched by the id. */
export class NoReplyYet extends Error {
  readonly messageId: string;

  constructor(messageId: string, waitSeconds: number) {
    super(`There was no reply to ${messageId} within ${waitSeconds} s.`);
    this.name = 'NoReplyYet';
    this.messageId = messageId;
  }
}

/** Events that were asked for are not kept any more, or the database is another one: there is a gap. */
export class EventsLost extends Error {
  readonly oldestSeq: number;

  constructor(oldestSeq: number) {
    super(`Events were lost; the oldest that the hub has is ${oldestSeq}.`);
    this.name = 'EventsLost';
    this.oldestSeq = oldestSeq;
  }
}

export interface FailureOptions {
  /** False: no other attempt would end better. */
  readonly retryable?: boolean;
  readonly delaySeconds?: number;
}

/** Thrown by a handler: how its delivery fails. Any other error fails it as `handler_failed`, to be tried again. */
export class WorkFailed extends Error {
  readonly code: string;
  readonly options: FailureOptions;

  constructor(code: string, message: string, options: FailureOptions = {}) {
    super(message);
    this.name = 'WorkFailed';
    this.code = code;
    this.options = options;
  }
}

export const isProblem = (error: unknown, ...codes: readonly string[]): error is HubProblem =>
  error instanceof HubProblem && (codes.length === 0 || codes.includes(error.code));

const reasonOf = (cause: unknown): string => {
  const { message, code } = cause as { message?: string; code?: string };
  return message === undefined || message === '' ? (code ?? String(cause)) : message;
};
