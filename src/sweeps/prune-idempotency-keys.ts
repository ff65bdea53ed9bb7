import type { UpkeepService } from '../messages/upkeep-service.js';
import type { Sweep } from './sweep.js';

/** Answers of idempotency keys after their 24 hours. */
export const pruneIdempotencyKeys = (upkeep: UpkeepService): Sweep => ({
  name: 'prune-idempotency-keys',
  everyMs: 60_000,
  runOnce: (now) => upkeep.pruneIdempotency(now),
});
