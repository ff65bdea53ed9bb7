import type { ApprovalService } from '../agents/approvals/approval-service.js';
import type { Sweep } from './sweep.js';

/** Questions that nobody has answered in time are denied. */
export const timeOutApprovals = (approvals: ApprovalService): Sweep => ({
  name: 'time-out-approvals',
  everyMs: 500,
  runOnce: (now) => approvals.timeOut(now),
});
