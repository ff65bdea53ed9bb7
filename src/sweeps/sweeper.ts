import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { type Periodic, startPeriodic } from '../lib/periodic.js';
import type { Sweep } from './sweep.js';

export interface SweeperParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** One hub sweeps for all that share a database. */
  readonly isOnDuty?: () => boolean;
}

/** Runs each sweep at its own pace until it finds nothing more, giving way to others between steps. Stops after the step under way. */
export const startSweeps = (
  sweeps: readonly Sweep[],
  { clock, logger, isOnDuty = () => true }: SweeperParts,
): Periodic[] =>
  sweeps.map((sweep) => {
    let isStopped = false;
    const round = async (): Promise<void> => {
      while (!isStopped && isOnDuty() && (await sweep.runOnce(clock.now())) > 0) await new Promise(setImmediate);
    };
    const onError = (error: unknown): void => logger.error({ err: error, sweep: sweep.name }, 'a sweep failed');
    const periodic = startPeriodic(sweep.everyMs, round, onError);
    return {
      stop: () => {
        isStopped = true;
        return periodic.stop();
      },
    };
  });
