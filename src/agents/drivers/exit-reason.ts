import { stat } from 'node:fs/promises';
import type { AgentExitReason, TurnResult } from './agent-driver.js';
import type { ChildExit } from './child-exit.js';

export interface ExitFacts {
  readonly exit: ChildExit;
  readonly stderrTail: string;
  readonly wasInTurn: boolean;
}

/** Why a process ended by itself; undefined when that was in order. */
export function exitReasonOf({ exit, stderrTail, wasInTurn }: ExitFacts): AgentExitReason | undefined {
  if (/Session ID \S+ is already in use/.test(stderrTail)) {
    return { code: 'agent_session_in_use', message: 'The session is already in use.' };
  }
  // The CLI of 2.1.0 says it here, and in no result.
  const missing = /No conversation found with session ID: \S+/.exec(stderrTail)?.[0];
  if (missing !== undefined) return { code: 'agent_session_missing', message: missing };
  if (exit.code === 0 && !wasInTurn) return undefined;
  const how = exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.code}`;
  const lastLine = stderrTail.trim().split('\n').at(-1);
  return { code: 'agent_crashed', message: `The agent ${how}${lastLine ? `: ${lastLine}` : '.'}` };
}

export function sessionMissing({ errors }: Pick<TurnResult, 'errors'>): AgentExitReason {
  return { code: 'agent_session_missing', message: errors.join(' ') };
}

/** The operating system says ENOENT for a missing program and for a missing directory alike. */
export async function startFailureOf(
  error: NodeJS.ErrnoException,
  program: string,
  cwd: string,
): Promise<AgentExitReason> {
  if (!(await isDirectory(cwd))) return { code: 'agent_cwd_missing', message: `${cwd} is not a directory.` };
  if (error.code === 'ENOENT') return { code: 'agent_not_installed', message: `${program} is not installed.` };
  return startRefusalOf(error, program);
}

const passingErrors: ReadonlySet<string | undefined> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'ETXTBSY']);

/** Where it is not the program that is missing. */
export const startRefusalOf = ({ code, message }: NodeJS.ErrnoException, program: string): AgentExitReason =>
  passingErrors.has(code)
    ? { code: 'agent_start_refused', message: `${program} cannot be started now: ${message}` }
    : { code: 'agent_start_failed', message: `${program} cannot be started: ${message}` };

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
