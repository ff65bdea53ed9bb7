import { TERMINATION_LIMITS, type TerminationLimits } from './terminate-process.js';

export interface ClaudeLimits extends TerminationLimits {
  readonly maxLineBytes: number;
  readonly stderrTailBytes: number;
  /** An interrupt at the very start of a turn can be dropped by the CLI. */
  readonly interruptRepeatMs: number;
  readonly drainMs: number;
}

export const CLAUDE_LIMITS: ClaudeLimits = {
  ...TERMINATION_LIMITS,
  maxLineBytes: 64 * 1024 * 1024,
  stderrTailBytes: 8 * 1024,
  interruptRepeatMs: 250,
  drainMs: 1000,
};
