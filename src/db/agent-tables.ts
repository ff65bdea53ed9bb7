import type { Generated } from 'kysely';

export interface AgentSessionTable {
  conversation_id: string;
  module: string;
  session_id: string;
  /** 0 in a fork that has had no turn: its first process makes a copy of this session, which is another conversation's. */
  is_started: number;
  updated_at: number;
  /** In whose folder it lies. */
  lane: string | null;
  /** The hub on whose disk it is kept. */
  node_id: number | null;
}

export interface InstanceTable {
  id: Generated<number>;
  module: string;
  name: string | null;
  /** The credential that its process uses. */
  lane: string | null;
  conversation_id: string | null;
  session_id: string | null;
  tag: string;
  pid: number | null;
  state: string;
  turns: number;
  cost_usd: number;
  started_at: number;
  last_turn_at: number | null;
  ended_at: number | null;
  end_reason: string | null;
  /** The hub that runs it. */
  node_id: number | null;
}

export interface LaneTable {
  name: string;
  paused_until: number | null;
  reason: string | null;
  /** Times in a row that the provider refused it. */
  failures: number;
}

export interface TurnTable {
  id: Generated<number>;
  module: string;
  message_id: number;
  delivery_id: number;
  attempt: number;
  conversation_id: string;
  instance_id: number | null;
  state: string;
  queued_at: number;
  started_at: number | null;
  first_token_at: number | null;
  ended_at: number | null;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  stop_reason: string | null;
  error: string | null;
  /** The hub that runs it. */
  node_id: number | null;
}

export interface TurnOutputTable {
  id: Generated<number>;
  turn_id: number;
  kind: string;
  /** Characters of this turn's output that stand before this piece. */
  offset: number;
  text: string;
  at: number;
}

export interface ApprovalTable {
  id: Generated<number>;
  state: string;
  turn_id: number;
  module: string;
  conversation_id: string;
  message_id: number;
  delivery_id: number;
  tool_use_id: string;
  tool_name: string;
  input: string;
  description: string | null;
  requested_at: number;
  /** When it is denied for want of an answer. */
  expires_at: number | null;
  decided_at: number | null;
  /** A key, or what decided instead of a person. */
  decided_by: string | null;
  message: string | null;
  updated_input: string | null;
  remember: string | null;
}

/** A decision that answers the same question again: in its turn, or without one in its conversation. */
export interface RememberedDecisionTable {
  id: Generated<number>;
  conversation_id: string;
  module: string;
  turn_id: number | null;
  approval_id: number;
  tool_name: string;
  /** What of the input counts; null where the tool is meant, whatever its input. */
  target: string | null;
  decision: string;
  message: string | null;
  created_at: number;
}

/** What a turn has spent on a model. */
export interface TurnCostTable {
  id: Generated<number>;
  turn_id: number;
  instance_id: number | null;
  /** The tag of the process, whose reports are cumulative. */
  process: string | null;
  session_id: string;
  module: string;
  conversation_id: string;
  model: string;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_creation_tokens: number;
  cost_usd: number;
  /** What the process has reported of the model, cumulative, as JSON; empty where it reported nothing. */
  reported: string;
  at: number;
}
