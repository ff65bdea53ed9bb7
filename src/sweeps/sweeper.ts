import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { type Periodic, startPeriodic } from '../lib/periodic.js';
import type { Sweep } from './sweep.js';

/** Runs each sweep at its own pace until it finds nothing more, giving way to others between steps. */
export const startSweeps = (
  sweeps: readonly Sweep[],
  { clock, logger }: { clock: Clock; logger: Logger },
): Periodic[] =>
  sweeps.map((sweep) => {
    const onError = (error: unknown): void => logger.error({ err: error, sweep: sweep.name }, 'a sweep failed');
    return startPeriodic(sweep.everyMs, () => runToEnd(sweep, clock), onError);
  });

const runToEnd = async (sweep: Sweep, clock: Clock): Promise<void> => {
  while ((await sweep.runOnce(clock.now())) > 0) await new Promise(setImmediate);
};
