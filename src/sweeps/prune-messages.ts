import type { UpkeepService } from '../messages/upkeep-service.js';
import type { Sweep } from './sweep.js';

/** Messages that are over and old, with their deliveries and attempts. */
export const pruneMessages = (upkeep: UpkeepService): Sweep => ({
  name: 'prune-messages',
  everyMs: 60_000,
  runOnce: (now) => upkeep.pruneMessages(now),
});
