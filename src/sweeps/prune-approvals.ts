import type { ApprovalService } from '../agents/approvals/approval-service.js';
import type { Sweep } from './sweep.js';

/** Approvals that are decided go as messages that are over do. */
export const pruneApprovals = (approvals: ApprovalService): Sweep => ({
  name: 'prune-approvals',
  everyMs: 60_000,
  runOnce: (now) => approvals.prune(now),
});
