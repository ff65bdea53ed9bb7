import type { EventFeed } from './events/event-feed.js';
import type { EventStore } from './events/event-store.js';
import type { Foundation } from './hub-parts.js';
import { EventNotifier } from './webhooks/event-notifier.js';
import type { WebhookBreakers } from './webhooks/webhook-breakers.js';
import { WebhookClient } from './webhooks/webhook-client.js';
import { WebhookProgress } from './webhooks/webhook-progress.js';
import { WebhookRetentionService } from './webhooks/webhook-retention-service.js';
import { WebhookService } from './webhooks/webhook-service.js';
import { retryLimits } from './webhooks/webhook-state.js';

export interface WebhookNeeds {
  readonly events: EventStore;
  readonly feed: EventFeed;
  readonly breakers: WebhookBreakers;
  readonly isOnDuty: () => boolean;
}

/** Who is told of events, and what tells them. */
export const buildWebhooks = (foundation: Foundation, needs: WebhookNeeds) => {
  const { config, database } = foundation;
  const hosts = config.webhookHosts;
  const webhooks = new WebhookService({ ...foundation, ...needs, hosts });
  const progress = new WebhookProgress({ database, webhooks });
  const notifier = new EventNotifier({
    ...foundation,
    ...needs,
    client: new WebhookClient(),
    webhooks,
    progress,
    hosts,
    limits: retryLimits,
  });
  const webhookRetention = new WebhookRetentionService({ database, keepEventsMs: config.keepEventsMs });
  return { webhooks, notifier, webhookRetention };
};
