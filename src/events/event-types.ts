/** Every event the hub writes. Past tense; the first word is the noun it happened to. */
export type EventType =
  | 'hub.started'
  | 'hub.stopping'
  | 'hub.lost'
  | 'module.registered'
  | 'module.updated'
  | 'module.removed'
  | 'module.secret_set'
  | 'module.secret_removed'
  | 'module.file_rejected'
  | 'channel.configured'
  | 'channel.subscribed'
  | 'channel.unsubscribed'
  | 'channel.replayed'
  | 'message.sent'
  | 'message.cancelled'
  | 'delivery.claimed'
  | 'delivery.completed'
  | 'delivery.retried'
  | 'delivery.released'
  | 'delivery.died'
  | 'delivery.expired'
  | 'delivery.cancelled'
  | 'delivery.redriven'
  | 'delivery.deleted'
  | 'conversation.created'
  | 'conversation.updated'
  | 'conversation.archived'
  | 'conversation.reopened'
  | 'conversation.forked'
  | 'conversation.deleted'
  | 'conversation.moved'
  | 'conversation.retold'
  | 'template.saved'
  | 'template.deleted'
  | 'instance.started'
  | 'instance.ready'
  | 'instance.paused'
  | 'instance.resumed'
  | 'instance.interrupted'
  | 'instance.restarted'
  | 'instance.stopped'
  | 'instance.crashed'
  | 'lane.paused'
  | 'lane.resumed'
  | 'turn.started'
  | 'turn.output'
  | 'turn.retrying'
  | 'turn.succeeded'
  | 'turn.failed'
  | 'turn.interrupted'
  | 'budget.exceeded'
  | 'approval.requested'
  | 'approval.decided'
  | 'approval.timed_out'
  | 'approval.withdrawn'
  | 'approval.bypassed'
  | 'task.created'
  | 'task.updated'
  | 'task.claimed'
  | 'task.started'
  | 'task.progressed'
  | 'task.logged'
  | 'task.paused'
  | 'task.resumed'
  | 'task.blocked'
  | 'task.unblocked'
  | 'task.completed'
  | 'task.failed'
  | 'task.cancelled'
  | 'task.released'
  | 'task.retried'
  | 'task.deleted'
  | 'key.created'
  | 'key.revoked'
  | 'webhook.created'
  | 'webhook.deleted'
  | 'webhook.paused'
  | 'webhook.resumed';

/** What an event is about; keys are integers here and public ids outside. */
export interface EventSubject {
  readonly module?: string | null;
  readonly conversationId?: string | null;
  readonly messageId?: number | null;
  readonly deliveryId?: number | null;
  readonly turnId?: number | null;
  readonly instanceId?: number | null;
  readonly taskId?: number | null;
  /** Who sent the message, where `module` is who gets it: both see it. */
  readonly sender?: string | null;
}

export interface NewEvent extends EventSubject {
  readonly type: EventType;
  readonly at: number;
  readonly data: object;
  /** Whose request caused it; of the transaction unless given. */
  readonly keyId?: string | null | undefined;
}

export interface StoredEvent {
  readonly seq: number;
  readonly type: string;
  readonly at: number;
  readonly module: string | null;
  readonly conversation_id: string | null;
  readonly message_id: number | null;
  readonly delivery_id: number | null;
  readonly turn_id: number | null;
  readonly instance_id: number | null;
  readonly task_id: number | null;
  readonly sender: string | null;
  readonly key_id: string | null;
  /** JSON. */
  readonly data: string;
}
