import type { AgentRetentionService } from '../agents/agent-retention-service.js';
import type { Sweep } from './sweep.js';

/** Instances that ended long ago. */
export const pruneInstances = (retention: AgentRetentionService): Sweep => ({
  name: 'prune-instances',
  everyMs: 60_000,
  runOnce: (now) => retention.pruneInstances(now),
});
