import type { Database } from '../db/database.js';
import { taskLogStore } from './task-log-store.js';
import { taskStore } from './task-store.js';

const STEP = 200;

/** Own tasks of messages are kept as long as messages are; what somebody made stays until somebody deletes it. */
export class TaskRetentionService {
  readonly #parts: { readonly database: Database; readonly keepMessagesMs: number };

  constructor(parts: { readonly database: Database; readonly keepMessagesMs: number }) {
    this.#parts = parts;
  }

  /** One bounded step. @returns how many were deleted */
  async prune(now: number): Promise<number> {
    const { database, keepMessagesMs } = this.#parts;
    return await database.write(async (tx) => {
      const old = await taskStore.oldOwn(tx, now - keepMessagesMs, STEP);
      for (const { id } of old) {
        await taskLogStore.removeOf(tx, id);
        await taskStore.remove(tx, id);
      }
      return old.length;
    });
  }
}
