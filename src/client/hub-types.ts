import type { Static } from 'typebox';
import type { ApprovalDecision, ApprovalView } from '../agents/approvals/approval-schema.js';
import type { InstanceView, NewInstance } from '../agents/instance-schema.js';
import type { OutputPiece, TurnDetails, TurnOutputView, TurnView } from '../agents/turn-schema.js';
import type { ChannelView } from '../channels/channel-schema.js';
import type { ConversationView } from '../conversations/conversation-schema.js';
import type { EventView } from '../events/event-schema.js';
import type { CreatedKey, KeyView, NewKey } from '../keys/key-schema.js';
import type {
  Claimed,
  ClaimRequest,
  DeliveryError,
  DeliveryView,
  MessageDetails,
  MessageView,
  NewMessage,
  NewReply,
  SentMessage as SentMessageSchema,
} from '../messages/message-schema.js';
import type { QueueView } from '../messages/queue-schema.js';
import type { Descriptor, Heartbeat, ModuleHealth, ModuleQuery, ModuleView } from '../modules/module-schema.js';
import type { NewTask, TaskPatch, TaskTree, TaskView } from '../tasks/task-schema.js';
import type { CreatedWebhook, NewWebhook, WebhookDeliveryView, WebhookView } from '../webhooks/webhook-schema.js';

// The schemas that the hub checks and answers with, as types. Nothing of the hub is loaded.

export type {
  ApprovalDecision,
  ClaimRequest,
  CreatedKey,
  CreatedWebhook,
  DeliveryError,
  Descriptor,
  Heartbeat,
  ModuleHealth,
  ModuleQuery,
  NewInstance,
  NewKey,
  NewMessage,
  NewReply,
  NewTask,
  NewWebhook,
  TaskPatch,
  TaskTree,
};
export type Approval = ApprovalView;
export type Channel = ChannelView;
export type Conversation = ConversationView;
export type Instance = InstanceView;
export type HubKey = KeyView;
export type HubModule = ModuleView;
export type Queue = QueueView;
export type Task = TaskView;
export type Turn = TurnView;
export type Webhook = WebhookView;
export type WebhookDelivery = WebhookDeliveryView;
export type Message = Static<typeof MessageView>;
export type SentMessage = Static<typeof SentMessageSchema>;
export type MessageWithDeliveries = Static<typeof MessageDetails>;
export type Delivery = Static<typeof DeliveryView>;
/** A delivery that was leased, with its message. */
export type ClaimedDelivery = Static<typeof Claimed>;
export type HubEvent = Static<typeof EventView>;
export type TurnWithTools = Static<typeof TurnDetails>;
export type TurnOutput = Static<typeof TurnOutputView>;
export type TurnPiece = Static<typeof OutputPiece>;
export type Reply = Pick<NewReply, 'payload' | 'type'>;

/** RFC 9457, as the hub answers with it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** Stable: decide by it. */
  readonly code: string;
  /** Id of the request, as in the hub's log. */
  readonly instance?: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

/** One of a batch: done, or refused alone. */
export type OneOf<T> = T | { readonly problem: Problem };

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** How a delivery stands after its holder spoke. */
export interface DeliveryOutcome {
  readonly id: string;
  readonly state: Delivery['state'];
  readonly replyId?: string;
  readonly leaseExpiresAt?: string;
}

/** What `/v1/stats` has at least. */
export interface HubStats {
  readonly version: string;
  readonly uptimeSeconds: number;
  /** Another one means another database: numbers of events start anew. */
  readonly epoch: string;
  readonly events: { readonly oldestSeq: number; readonly lastSeq: number };
  readonly messages: { readonly pending: number; readonly leased: number; readonly dead: number };
  readonly modules: number;
  readonly instances: number;
  readonly turns: { readonly running: number; readonly waiting: number };
  readonly cost: { readonly todayUsd: number };
}
