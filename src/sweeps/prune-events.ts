import type { EventRetentionService } from '../events/event-retention-service.js';
import type { Sweep } from './sweep.js';

/** Events that are older, or more, than are kept. */
export const pruneEvents = (retention: EventRetentionService): Sweep => ({
  name: 'prune-events',
  everyMs: 60_000,
  runOnce: (now) => retention.prune(now),
});
