import { setTimeout as pause } from 'node:timers/promises';
import { isHubError } from './errors.js';

const ASK_AGAIN_MS = 250;

/**
 * Does the work again while the database says that it is busy, for so long, unless nobody has that time any more. The work may be done
 * more than once.
 */
export const patiently = async <T>(forMs: number, work: () => Promise<T>, isOver = () => false): Promise<T> => {
  const until = performance.now() + forMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isHubError(error) || error.code !== 'database_busy' || performance.now() > until || isOver()) throw error;
      await pause(ASK_AGAIN_MS);
    }
  }
};
