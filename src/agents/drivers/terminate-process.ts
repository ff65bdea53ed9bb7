import { settlesWithin } from './settles-within.js';

/** How long each step may take, in milliseconds. */
export interface TerminationLimits {
  readonly interruptMs: number;
  /** After its input is closed the CLI still writes its last message to the session. */
  readonly closeMs: number;
  readonly termMs: number;
  readonly killMs: number;
}

export const TERMINATION_LIMITS: TerminationLimits = { interruptMs: 2000, closeMs: 5000, termMs: 2000, killMs: 2000 };

export interface TerminationTarget {
  readonly exited: Promise<unknown>;
  /** Resolves when no turn is in flight. It alone ends a running tool from within. */
  interrupt(): Promise<void>;
  closeInput(): void;
  signal(signal: NodeJS.Signals): void;
  /** Ends what the process left behind. */
  endTagged(): Promise<void>;
}

/** From the kindest step to the hardest, each with its time, until the process has exited. */
export async function terminateProcess(target: TerminationTarget, limits: TerminationLimits): Promise<void> {
  // A paused process hears nothing but SIGKILL.
  target.signal('SIGCONT');
  await settlesWithin(Promise.race([target.interrupt(), target.exited]), limits.interruptMs);
  await exitsAfterOneOf(target, [
    { ask: () => target.closeInput(), waitMs: limits.closeMs },
    { ask: () => target.signal('SIGTERM'), waitMs: limits.termMs },
    { ask: () => target.signal('SIGKILL'), waitMs: limits.killMs },
  ]);
  await target.endTagged();
}

interface TerminationStep {
  readonly ask: () => void;
  readonly waitMs: number;
}

async function exitsAfterOneOf({ exited }: TerminationTarget, steps: readonly TerminationStep[]): Promise<void> {
  for (const { ask, waitMs } of steps) {
    ask();
    if (await settlesWithin(exited, waitMs)) return;
  }
}
