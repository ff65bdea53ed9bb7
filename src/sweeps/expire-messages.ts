import type { RescueService } from '../messages/rescue-service.js';
import type { Sweep } from './sweep.js';

/** Deliveries of messages whose time to live is over. */
export const expireMessages = (deliveries: RescueService): Sweep => ({
  name: 'expire-messages',
  everyMs: 500,
  runOnce: (now) => deliveries.expire(now),
});
