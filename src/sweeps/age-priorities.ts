import type { UpkeepService } from '../messages/upkeep-service.js';
import type { Sweep } from './sweep.js';

/** Deliveries that have stood in line for long move up by one priority. */
export const agePriorities = (upkeep: UpkeepService): Sweep => ({
  name: 'age-priorities',
  everyMs: 5000,
  runOnce: (now) => upkeep.age(now),
});
