import type { AgentRetentionService } from '../agents/agent-retention-service.js';
import type { Sweep } from './sweep.js';

/** Turns that ended long ago, with what was said in them. */
export const pruneTurns = (retention: AgentRetentionService): Sweep => ({
  name: 'prune-turns',
  everyMs: 60_000,
  runOnce: (now) => retention.pruneTurns(now),
});
