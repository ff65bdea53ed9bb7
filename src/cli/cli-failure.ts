import { HubNotFound, HubProblem, HubUnreachable, NoReplyYet } from '../client/hub-errors.js';

/** The exit codes, as `granger --help` tells them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  auth: 4,
  conflict: 5,
  timeout: 6,
  unreachable: 7,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An end that is not good, with what to do about it. */
export class CliFailure extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message);
    this.name = 'CliFailure';
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

const codeOfStatus: Readonly<Record<number, ExitCode>> = {
  400: exitCodes.usage,
  401: exitCodes.auth,
  403: exitCodes.auth,
  404: exitCodes.notFound,
  409: exitCodes.conflict,
  412: exitCodes.conflict,
  413: exitCodes.usage,
  415: exitCodes.usage,
  422: exitCodes.usage,
};

/** Where the status says less than the code. */
const codeOfProblem: Readonly<Record<string, ExitCode>> = {
  // It is not that something is in the way: the message has failed.
  no_reply_coming: exitCodes.failed,
  draining: exitCodes.unreachable,
};

const hintOfProblem: Readonly<Record<string, string>> = {
  unauthenticated: 'Give a key with --key or GRANGER_KEY, or name the data folder of the hub with --data.',
  forbidden: 'This key may not do that; the admin key is in admin.key in the data folder of the hub.',
  host_not_allowed: 'Reach the hub as localhost, or name this host in its GRANGER_ALLOWED_HOSTS.',
  module_not_found: '`granger list-modules` shows the modules there are.',
  message_not_found: '`granger messages` shows the latest messages.',
  delivery_not_found: '`granger messages ID` shows the deliveries of a message.',
  conversation_not_found: '`granger list-conversations` shows the conversations there are.',
  instance_not_found: '`granger list-instances` shows the instances there are.',
  task_not_found: '`granger tasks` shows the tasks there are.',
  approval_not_found: '`granger approvals` shows those that wait.',
  approval_decided: '`granger approvals` shows those that wait.',
  key_not_found: '`granger keys` shows the keys there are.',
  module_has_open_deliveries: 'Let it finish them, or remove it with --force: they become dead letters.',
  lease_lost: 'The lease is over, or another one holds it. Claim the delivery again.',
  no_capable_module: '`granger list-modules --capability NAME` shows who can do it, and their status.',
  rate_limited: 'Wait a little; the limit stands in the descriptor of the sender.',
  no_reply_coming: '`granger messages ID` tells what became of it, `granger dead-letters` why.',
  draining: 'The hub is stopping; try again when it is back.',
};

/** How an error is told: the code that the process ends with, and a hint. */
export const failureOf = (error: unknown): CliFailure => {
  if (error instanceof CliFailure) return error;
  if (error instanceof HubUnreachable)
    return new CliFailure(
      exitCodes.unreachable,
      error.message,
      'Start a hub with `granger serve`, or name one with --url.',
    );
  if (error instanceof HubNotFound)
    return new CliFailure(
      exitCodes.unreachable,
      error.message,
      'Start one with `granger serve`, or name one with --url or --data.',
    );
  if (error instanceof NoReplyYet) {
    const hint = `The reply can come later: granger messages ${error.messageId}`;
    return new CliFailure(exitCodes.timeout, error.message, hint);
  }
  if (error instanceof HubProblem) return failureOfProblem(error);
  return new CliFailure(exitCodes.failed, error instanceof Error ? error.message : String(error));
};

const failureOfProblem = ({ problem, message, code, status }: HubProblem): CliFailure => {
  const places = (problem.errors ?? []).map(({ pointer, message: what }) => `\n  ${pointer || '/'} ${what}`);
  const exitCode = codeOfProblem[code] ?? codeOfStatus[status] ?? exitCodes.failed;
  return new CliFailure(exitCode, `${message}${places.length > 1 ? places.join('') : ''}`, hintOfProblem[code]);
};
