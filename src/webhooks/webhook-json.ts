import type { WebhookDeliveryRow, WebhookRow } from '../db/webhook-tables.js';
import type { EventFilterView } from '../events/event-schema.js';
import { toRfc3339 } from '../lib/clock.js';
import { toPublicId } from '../lib/public-id.js';
import type { WebhookDeliveryView, WebhookView } from './webhook-schema.js';
import type { PauseReason, WebhookState } from './webhook-state.js';

export const webhookView = (row: WebhookRow): WebhookView => ({
  id: toPublicId('hook', row.id),
  url: row.url,
  ...(row.description === null ? {} : { description: row.description }),
  filter: JSON.parse(row.filter) as EventFilterView,
  state: row.state as WebhookState,
  ...(row.reason === null ? {} : { reason: row.reason as PauseReason }),
  handledTo: row.cursor,
  failures: row.failures,
  ...(row.created_by === null ? {} : { createdBy: row.created_by }),
  createdAt: toRfc3339(row.created_at),
  changedAt: toRfc3339(row.changed_at),
});

export const deliveryView = (row: WebhookDeliveryRow): WebhookDeliveryView => ({
  at: toRfc3339(row.at),
  outcome: row.outcome as WebhookDeliveryView['outcome'],
  firstSeq: row.first_seq,
  lastSeq: row.last_seq,
  events: row.events,
  attempt: row.attempt,
  ...(row.took_ms === null ? {} : { tookMs: row.took_ms }),
  ...(row.status === null ? {} : { status: row.status }),
  ...(row.error === null ? {} : { error: JSON.parse(row.error) as { code: string; message: string } }),
});
