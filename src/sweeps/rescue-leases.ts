import type { RescueService } from '../messages/rescue-service.js';
import type { Sweep } from './sweep.js';

/** Leases whose time is over go to the next attempt, or become dead letters. */
export const rescueLeases = (deliveries: RescueService): Sweep => ({
  name: 'rescue-leases',
  everyMs: 500,
  runOnce: (now) => deliveries.rescue(now),
});
