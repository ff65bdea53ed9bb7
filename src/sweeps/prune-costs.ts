import type { AgentRetentionService } from '../agents/agent-retention-service.js';
import type { Sweep } from './sweep.js';

/** What turns have cost, when nobody adds it up any more. */
export const pruneCosts = (retention: AgentRetentionService): Sweep => ({
  name: 'prune-costs',
  everyMs: 60_000,
  runOnce: (now) => retention.pruneCosts(now),
});
