import type { Database } from '../db/database.js';
import type { EventStore } from './event-store.js';

const STEP = 1000;

export interface EventRetention {
  readonly keepEventsMs: number;
  readonly keepEvents: number;
}

/** How long events are kept: never less than a subscriber was promised. */
export class EventRetentionService {
  readonly #parts: { readonly database: Database; readonly events: EventStore; readonly settings: EventRetention };

  constructor(parts: { readonly database: Database; readonly events: EventStore; readonly settings: EventRetention }) {
    this.#parts = parts;
  }

  /** One bounded step. @returns how many were deleted */
  async prune(now: number): Promise<number> {
    const { database, events, settings } = this.#parts;
    const limits = { before: now - settings.keepEventsMs, keep: settings.keepEvents, limit: STEP };
    return await database.write((tx) => events.prune(tx, limits));
  }
}
