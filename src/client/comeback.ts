import { setTimeout as pause } from 'node:timers/promises';
import { HubUnreachable, isProblem } from './hub-errors.js';
import { backoffMs } from './retry-plan.js';

/** A round that lasted so long was no failure at its beginning. */
const LASTING_MS = 10_000;

/** Whether the same may go well later: the hub is away, starting, stopping or overloaded. */
export const isPassing = (error: unknown): error is Error =>
  error instanceof HubUnreachable || (isProblem(error) && (error.status >= 500 || error.status === 429));

export interface PersistOptions {
  readonly signal: AbortSignal;
  /** Errors that the next round may mend. */
  readonly isMendable: (error: unknown) => boolean;
  readonly onTrouble?: ((error: Error) => void) | undefined;
}

/** Does it again and again until the signal, later and later while it fails. @throws what another round cannot mend */
export const persist = async (round: () => Promise<unknown>, options: PersistOptions): Promise<void> => {
  const { signal, isMendable, onTrouble } = options;
  let failures = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      await round();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (!isMendable(error)) throw error;
      if (performance.now() - startedAt > LASTING_MS) failures = 0;
      onTrouble?.(error as Error);
      await pause(backoffMs(failures++), undefined, { signal }).catch(() => undefined);
    }
  }
};
