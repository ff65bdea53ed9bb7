import type { UpkeepService } from '../messages/upkeep-service.js';
import type { Sweep } from './sweep.js';

/** The turns that senders took in queues that are empty now, or fair no longer. */
export const forgetFairRanks = (upkeep: UpkeepService): Sweep => ({
  name: 'forget-fair-ranks',
  everyMs: 60_000,
  runOnce: () => upkeep.tidyFairRanks(),
});
