import type { NewApproval } from '../../src/agents/approvals/approval-store.js';

/** A question that waits, with what a test wants to be different. */
export const approvalRow = (different: Partial<NewApproval> = {}): NewApproval => ({
  state: 'pending',
  turn_id: 1,
  module: 'Processor',
  conversation_id: 'conv_1',
  message_id: 1,
  delivery_id: 1,
  tool_use_id: 'toolu_1',
  tool_name: 'Bash',
  input: '{"command":"ls"}',
  description: null,
  requested_at: 0,
  expires_at: 0,
  decided_at: null,
  decided_by: null,
  message: null,
  updated_input: null,
  remember: null,
  ...different,
});
