import type { Database } from '../db/database.js';
import type { WebhookRow } from '../db/webhook-tables.js';
import type { StoredEvent } from '../events/event-types.js';
import { webhookDeliveryStore } from './webhook-delivery-store.js';
import type { WebhookService } from './webhook-service.js';
import type { AfterFailure } from './webhook-state.js';
import { type Place, webhookStore } from './webhook-store.js';

export interface ProgressParts {
  readonly database: Database;
  readonly webhooks: WebhookService;
}

/** One post, and what came of it. */
export interface Posted {
  readonly events: readonly [StoredEvent, ...StoredEvent[]];
  readonly at: number;
  readonly tookMs: number | undefined;
  readonly status: number | undefined;
}

export interface PostFailure extends Posted {
  readonly error: { readonly code: string; readonly message: string };
  /** Up to here nothing fits before the first of the batch. */
  readonly scannedTo: number;
  readonly next: AfterFailure;
}

/**
 * Writes how far a webhook is, together with its log. Each answers with the row as it is then; undefined where the webhook is not this
 * hub's to move on any more: paused, deleted, or moved on by another hub.
 */
export class WebhookProgress {
  readonly #parts: ProgressParts;

  constructor(parts: ProgressParts) {
    this.#parts = parts;
  }

  async delivered(row: WebhookRow, { events, at, tookMs, status }: Posted): Promise<WebhookRow | undefined> {
    const place = { cursor: events.at(-1)!.seq, batch_to: null, failures: 0, reset_to: null };
    return await this.#parts.database.write(async (tx) => {
      if ((await webhookStore.moveOn(tx, placeOf(row, place))) === 0) return undefined;
      await webhookDeliveryStore.insert(tx, {
        ...entry(row, events),
        outcome: 'delivered',
        at,
        took_ms: tookMs ?? null,
        status: status ?? null,
        error: null,
      });
      return { ...row, ...place };
    });
  }

  /** The batch stays as it is for the next attempt. Undefined also where it is paused by this. */
  async failed(row: WebhookRow, failure: PostFailure): Promise<WebhookRow | undefined> {
    const { events, at, tookMs, status, error, scannedTo, next } = failure;
    const place = {
      cursor: scannedTo,
      batch_to: events.at(-1)!.seq,
      failures: row.failures + 1,
      reset_to: row.reset_to,
    };
    return await this.#parts.database.write(async (tx) => {
      if ((await webhookStore.moveOn(tx, placeOf(row, place))) === 0) return undefined;
      await webhookDeliveryStore.insert(tx, {
        ...entry(row, events),
        outcome: 'failed',
        at,
        took_ms: tookMs ?? null,
        status: status ?? null,
        error: JSON.stringify(error),
      });
      if (next.kind === 'again') return { ...row, ...place };
      await this.#parts.webhooks.pauseIn(tx, row.id, { reason: next.reason, error });
      return undefined;
    });
  }

  /** Events after the cursor are not kept any more: it goes on from the oldest that is, and its log says so. */
  async missed(row: WebhookRow, { oldestSeq, at }: { oldestSeq: number; at: number }): Promise<WebhookRow | undefined> {
    const place = { cursor: Math.max(0, oldestSeq - 1), batch_to: null, failures: 0, reset_to: oldestSeq };
    const error = {
      code: 'cursor_expired',
      message: `What followed event ${row.cursor} is not kept any more; it goes on from event ${oldestSeq}.`,
    };
    return await this.#parts.database.write(async (tx) => {
      if ((await webhookStore.moveOn(tx, placeOf(row, place))) === 0) return undefined;
      await webhookDeliveryStore.insert(tx, {
        webhook_id: row.id,
        outcome: 'missed',
        at,
        first_seq: row.cursor + 1,
        last_seq: oldestSeq,
        events: 0,
        attempt: 0,
        took_ms: null,
        status: null,
        error: JSON.stringify(error),
      });
      return { ...row, ...place };
    });
  }

  /** Nothing up to this number fits. */
  async scanned(row: WebhookRow, cursor: number): Promise<WebhookRow | undefined> {
    const moved = await this.#parts.database.write((tx) => webhookStore.moveOn(tx, placeOf(row, { ...row, cursor })));
    return moved === 0 ? undefined : { ...row, cursor };
  }

  async notAllowed(row: WebhookRow, message: string): Promise<undefined> {
    const error = { code: 'webhook_not_allowed', message };
    await this.#parts.database.write((tx) =>
      this.#parts.webhooks.pauseIn(tx, row.id, { reason: 'not_allowed', error }),
    );
  }
}

const placeOf = (
  { id, cursor: before }: WebhookRow,
  { cursor, batch_to, failures, reset_to }: Omit<Place, 'id' | 'before'>,
): Place => ({ id, before, cursor, batch_to, failures, reset_to });

const entry = ({ id, failures }: WebhookRow, events: Posted['events']) => ({
  webhook_id: id,
  first_seq: events[0].seq,
  last_seq: events.at(-1)!.seq,
  events: events.length,
  attempt: failures + 1,
});
