import type { Generated, Selectable } from 'kysely';

/** Who is told of events; as in `tables.ts`. */
export interface WebhookTables {
  webhooks: WebhookTable;
  webhook_deliveries: WebhookDeliveryTable;
}

export interface WebhookTable {
  id: Generated<number>;
  url: string;
  description: string | null;
  /** JSON, in the words of the API. */
  filter: string;
  /** `whsec_` and base64: needed to sign, so it is kept as it is. */
  secret: string;
  state: string;
  /** Why it is paused. */
  reason: string | null;
  /** Number of the last event that was delivered, or that it does not want. */
  cursor: number;
  /** Number of the last event of the batch that has failed, so that the next attempt is of the same events. */
  batch_to: number | null;
  /** Of the batch, in a row. */
  failures: number;
  /** Where events were missed that are not kept any more, the oldest that was; until the endpoint has been told. */
  reset_to: number | null;
  /** Id of a key. */
  created_by: string | null;
  created_at: number;
  changed_at: number;
}

export interface WebhookDeliveryTable {
  id: Generated<number>;
  webhook_id: number;
  at: number;
  outcome: string;
  first_seq: number;
  last_seq: number;
  /** How many were in it. */
  events: number;
  attempt: number;
  took_ms: number | null;
  /** Of the answer; null where none came. */
  status: number | null;
  /** JSON: code and message. */
  error: string | null;
}

export type WebhookRow = Selectable<WebhookTable>;
export type WebhookDeliveryRow = Selectable<WebhookDeliveryTable>;
