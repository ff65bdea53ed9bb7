/*
 *   pending --a person, a rule--> allowed | denied
 *           --its time is over--> timed_out
 *           --its turn ends-----> withdrawn
 */
export const approvalStates = ['pending', 'allowed', 'denied', 'timed_out', 'withdrawn'] as const;
export type ApprovalState = (typeof approvalStates)[number];

const moves: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  pending: ['allowed', 'denied', 'timed_out', 'withdrawn'],
  allowed: [],
  denied: [],
  timed_out: [],
  withdrawn: [],
};

export const canMoveApproval = (from: ApprovalState, to: ApprovalState): boolean => moves[from].includes(to);

export type Decision = 'allow' | 'deny';

export const stateAfter = (decision: Decision): 'allowed' | 'denied' => (decision === 'allow' ? 'allowed' : 'denied');
