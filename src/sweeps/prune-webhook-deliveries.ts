import type { WebhookRetentionService } from '../webhooks/webhook-retention-service.js';
import type { Sweep } from './sweep.js';

/** What came of telling webhooks, when it is old or too much. */
export const pruneWebhookDeliveries = (retention: WebhookRetentionService): Sweep => ({
  name: 'prune-webhook-deliveries',
  everyMs: 60_000,
  runOnce: (now) => retention.prune(now),
});
