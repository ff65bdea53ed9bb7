/** The shapes of the API that the pages read, as openapi.json describes them. */
export interface HubEvent {
  seq: number;
  type: string;
  at: string;
  subject: {
    module?: string;
    conversationId?: string;
    messageId?: string;
    deliveryId?: string;
    turnId?: string;
    instanceId?: string;
    taskId?: string;
    approvalId?: string;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each type of event has its own data
  data: any;
}

export interface Fault {
  code: string;
  message: string;
}

export interface Delivery {
  id: string;
  module?: string;
  channel?: string;
  state: string;
  attempt: number;
  maxAttempts: number;
  availableAt?: string;
  leaseExpiresAt?: string;
  settledAt?: string;
  error?: Fault;
}

export interface Message {
  id: string;
  type: string;
  from: string;
  to?: string;
  capability?: string;
  channel?: string;
  broadcast?: boolean;
  priority: number;
  payload: unknown;
  correlationId?: string;
  conversationId?: string;
  orderingKey?: string;
  replyTo?: string;
  createdAt: string;
  expiresAt?: string;
  deliveries?: Delivery[];
  reply?: Message;
  turn?: Turn;
}

export interface Turn {
  id: string;
  module: string;
  messageId: string;
  conversationId: string;
  instanceId?: string;
  attempt: number;
  state: string;
  startedAt?: string;
  endedAt?: string;
  queueMs?: number;
  firstTokenMs?: number;
  totalMs?: number;
  inputTokens: number;
  outputTokens: number;
  costUsd?: number;
  stopReason?: string;
  error?: Fault;
}

export interface Piece {
  kind: 'text' | 'thinking' | 'tool_use' | 'tool_result';
  offset: number;
  text: string;
}

export interface Module {
  name: string;
  description?: string;
  version?: string;
  systemPrompt?: string;
  capabilities?: string[];
  dataTypes?: { consumes?: string[]; produces?: string[] };
  inputSchema?: unknown;
  outputSchema?: unknown;
  runtime: { type: string };
  limits?: object;
  metadata?: object;
  status: string;
  source: string;
  revision: number;
  createdAt: string;
  updatedAt: string;
  lastHeartbeatAt: string;
  currentTask?: string;
  metrics?: object;
}

export interface Queue {
  name: string;
  kind: 'module' | 'channel';
  pending: number;
  leased: number;
  dead: number;
  processed: number;
  errors: number;
  oldestAgeSeconds: number | null;
}

export interface DeadLetter {
  delivery: Delivery;
  message: Message;
  attempts: { attempt: number; holder?: string; startedAt?: string; endedAt: string; outcome: string; error?: Fault }[];
}

export interface Stats {
  version: string;
  uptimeSeconds: number;
  epoch: string;
  events: { oldestSeq: number; lastSeq: number };
  messages: { pending: number; leased: number; dead: number };
  modules: number;
  instances: number;
  turns: { running: number; waiting: number };
  cost: { todayUsd: number };
}

export interface Session {
  keyId: string;
  scope: 'admin' | 'module' | 'observer';
  module?: string;
  expiresAt?: string;
}

export interface Approval {
  id: string;
  state: string;
  module: string;
  conversationId: string;
  turnId: string;
  messageId: string;
  toolName: string;
  input: object;
  description?: string;
  remembers?: { toolName: string; target?: string };
  requestedAt: string;
  expiresAt?: string;
  decidedBy?: string;
  message?: string;
}

export interface Instance {
  id: string;
  name?: string;
  module: string;
  state: string;
  pid?: number;
  conversationId?: string;
  sessionId?: string;
  turnId?: string;
  memoryMb?: number;
  cpu?: number;
  turns: number;
  costUsd: number;
  startedAt: string;
  lastTurnAt?: string;
  endedAt?: string;
  endReason?: string;
}

export interface Conversation {
  id: string;
  title?: string;
  state: string;
  participants: string[];
  default?: { sender: string; agent: string };
  forkedFrom?: { conversationId: string; through?: string };
  messageCount: number;
  lastMessageAt?: string;
  createdAt: string;
  match?: { messageId: string; text: string };
}

export interface Task {
  id: string;
  title: string;
  kind: string;
  state: string;
  percent: number;
  total?: number;
  done?: number;
  parentId?: string;
  blockedBy: string[];
  assignee?: string;
  messageId?: string;
  attempt: number;
  note?: string;
  result?: unknown;
  error?: { message: string };
  createdAt: string;
  endedAt?: string;
}
