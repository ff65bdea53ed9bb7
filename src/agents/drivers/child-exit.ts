import type { ChildProcess } from 'node:child_process';

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly startError: NodeJS.ErrnoException | undefined;
}

/**
 * Waits for the exit and for the last output. A grandchild that inherited the pipes can hold them open for ever,
 * so they are given up `drainMs` after the exit.
 */
export function childExit(child: ChildProcess, drainMs: number): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.on('error', (startError) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, startError });
    });
    child.once('exit', (code, signal) => {
      const timer = setTimeout(() => giveUpPipes(child), drainMs);
      child.once('close', () => {
        clearTimeout(timer);
        resolve({ code, signal, startError: undefined });
      });
    });
  });
}

function giveUpPipes(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}
