import type { Database } from '../db/database.js';
import { webhookDeliveryStore } from './webhook-delivery-store.js';
import { webhookStore } from './webhook-store.js';

const STEP = 1000;
const KEEP_OF_EACH = 1000;

export interface WebhookRetentionParts {
  readonly database: Database;
  readonly keepEventsMs: number;
  readonly keepOfEach?: number;
}

/** The logs of webhooks are kept as long as events are, and of each the newest thousand. */
export class WebhookRetentionService {
  readonly #parts: WebhookRetentionParts;

  constructor(parts: WebhookRetentionParts) {
    this.#parts = parts;
  }

  /** One bounded step for each. @returns how many were deleted */
  async prune(now: number): Promise<number> {
    const { database, keepEventsMs, keepOfEach = KEEP_OF_EACH } = this.#parts;
    const webhooks = await webhookStore.all(database.read);
    if (webhooks.length === 0) return 0;
    return await database.write(async (tx) => {
      let pruned = 0;
      for (const { id } of webhooks)
        pruned += await webhookDeliveryStore.prune(tx, id, {
          before: now - keepEventsMs,
          keep: keepOfEach,
          limit: STEP,
        });
      return pruned;
    });
  }
}
