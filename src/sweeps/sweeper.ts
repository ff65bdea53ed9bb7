import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { type Periodic, startPeriodic } from '../lib/periodic.js';
import type { Sweep } from './sweep.js';

const EVERY_MS = 500;

/** Runs every sweep again and again, each until it finds nothing more, giving way to others between steps. */
export const startSweeper = (
  sweeps: readonly Sweep[],
  { clock, logger }: { clock: Clock; logger: Logger },
): Periodic => {
  const run = async (sweep: Sweep): Promise<void> => {
    try {
      while ((await sweep.runOnce(clock.now())) > 0) await new Promise(setImmediate);
    } catch (error) {
      logger.error({ err: error, sweep: sweep.name }, 'a sweep failed');
    }
  };
  const round = async (): Promise<void> => {
    for (const sweep of sweeps) await run(sweep);
  };
  return startPeriodic(EVERY_MS, round, (error) => logger.error({ err: error }, 'sweeps failed'));
};
