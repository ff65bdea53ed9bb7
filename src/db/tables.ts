import type { Generated, Selectable } from 'kysely';
import type {
  AgentSessionTable,
  ApprovalTable,
  InstanceTable,
  LaneTable,
  RememberedDecisionTable,
  TurnCostTable,
  TurnOutputTable,
  TurnTable,
} from './agent-tables.js';
import type { ConversationTable, ConversationTextTable, TemplateTable } from './conversation-tables.js';
import type { NodeTables } from './node-tables.js';
import type { TaskTables } from './task-tables.js';
import type { WebhookTables } from './webhook-tables.js';

/** Instants are integers, milliseconds since 1970; JSON is text; `is_` columns are 0 or 1; keys are integers (see `lib/public-id.ts`). */
export interface Tables extends NodeTables, TaskTables, WebhookTables {
  hub_meta: { name: string; value: string };
  keys: KeyTable;
  login_sessions: LoginSessionTable;
  modules: ModuleTable;
  channels: { name: string; descriptor: string; created_at: number };
  subscriptions: { channel: string; module: string; created_at: number };
  messages: MessageTable;
  deliveries: DeliveryTable;
  attempts: AttemptTable;
  fair_ranks: { queue: string; priority: number; sender: string; rank: number };
  idempotency: IdempotencyTable & { id: Generated<number> };
  signing_secrets: { module: string; secret: string; created_at: number };
  conversations: ConversationTable;
  conversation_participants: { conversation_id: string; module: string; joined_at: number };
  conversation_texts: ConversationTextTable;
  agent_sessions: AgentSessionTable;
  instances: InstanceTable;
  lanes: LaneTable;
  turns: TurnTable;
  turn_output: TurnOutputTable;
  approvals: ApprovalTable;
  remembered_decisions: RememberedDecisionTable;
  turn_costs: TurnCostTable;
  budget_stops: { module: string; period: string; starts_at: number; at: number };
  templates: TemplateTable;
  events: EventTable;
  stream_tickets: StreamTicketTable;
}

export interface KeyTable {
  id: Generated<number>;
  hash: string;
  scope: string;
  module: string | null;
  label: string;
  created_at: number;
}

export interface LoginSessionTable {
  token_hash: string;
  key_hash: string;
  created_at: number;
  expires_at: number;
}

export interface ModuleTable {
  name: string;
  descriptor: string;
  revision: number;
  source: string;
  created_at: number;
  updated_at: number;
  heartbeat_at: number;
  heartbeat: string | null;
}

export interface MessageTable {
  id: Generated<number>;
  type: string;
  sender: string;
  recipient: string | null;
  capability: string | null;
  channel: string | null;
  is_broadcast: number;
  priority: number;
  payload: string;
  correlation_id: string | null;
  conversation_id: string | null;
  ordering_key: string | null;
  reply_to: number | null;
  headers: string | null;
  signature: string | null;
  max_attempts: number;
  created_at: number;
  expires_at: number | null;
}

export interface DeliveryTable {
  id: Generated<number>;
  message_id: number;
  /** Whose line it stands in: a module's name, or `#` and a channel's. */
  queue: string;
  /** Who receives it; on a channel nobody until it is claimed. */
  module: string | null;
  state: string;
  /** Within `pending`: `ready`, `delayed` (until available_at) or `blocked` (behind its ordering key). */
  availability: string;
  available_at: number;
  priority: number;
  rank: number;
  attempt: number;
  max_attempts: number;
  ordering_key: string | null;
  lease: string | null;
  leased_at: number | null;
  lease_expires_at: number | null;
  expires_at: number | null;
  settled_at: number | null;
  error: string | null;
  is_replayed: number;
  /** The task that follows it: of most there is none. */
  task_id: number | null;
}

export interface IdempotencyTable {
  owner: string;
  key: string;
  body_hash: string;
  answer: string;
  message_id: number | null;
  created_at: number;
}

export interface AttemptTable {
  id: Generated<number>;
  delivery_id: number;
  attempt: number;
  holder: string | null;
  started_at: number | null;
  ended_at: number;
  outcome: string;
  error: string | null;
}

export interface EventTable {
  seq: Generated<number>;
  type: string;
  at: number;
  module: string | null;
  conversation_id: string | null;
  message_id: number | null;
  delivery_id: number | null;
  turn_id: number | null;
  instance_id: number | null;
  task_id: number | null;
  /** Of the message that the event is about. */
  sender: string | null;
  /** Whose request caused it. */
  key_id: string | null;
  data: string;
}

export interface StreamTicketTable {
  hash: string;
  key_id: string;
  expires_at: number;
}

export type MessageRow = Selectable<MessageTable>;
export type DeliveryRow = Selectable<DeliveryTable>;
export type AttemptRow = Selectable<AttemptTable>;
