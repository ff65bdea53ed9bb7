import { agentEvents } from './agent-event-schema.js';
import { brokerEvents } from './broker-event-schema.js';
import type { EventDescription } from './event-description-schema.js';
import type { EventType } from './event-types.js';
import { registryEvents } from './registry-event-schema.js';
import { taskEvents } from './task-event-schema.js';

/** Those that only a request causes, so that each says whose. */
export const requestedEvents: ReadonlySet<EventType> = new Set([
  'channel.configured',
  'channel.subscribed',
  'channel.unsubscribed',
  'channel.replayed',
  'conversation.updated',
  'conversation.archived',
  'conversation.forked',
  'conversation.deleted',
  'delivery.redriven',
  'instance.interrupted',
  'instance.paused',
  'instance.restarted',
  'instance.resumed',
  'delivery.deleted',
  'key.created',
  'key.revoked',
  'message.cancelled',
  'module.secret_set',
  'module.secret_removed',
  'template.saved',
  'template.deleted',
  'task.claimed',
  'task.logged',
  'task.deleted',
  'webhook.created',
  'webhook.deleted',
  'webhook.resumed',
]);

/** Every event that the hub writes: when, about what, and what it says. `docs/events.md` is made from this. */
export const eventTable: Readonly<Record<EventType, EventDescription>> = {
  ...registryEvents,
  ...brokerEvents,
  ...agentEvents,
  ...taskEvents,
};
