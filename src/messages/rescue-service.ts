import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { DeliveryRow } from '../db/tables.js';
import { type Clock, toRfc3339 } from '../lib/clock.js';
import { deliveryStore } from './delivery-store.js';
import type { DeliveryVerbs } from './delivery-verbs.js';
import type { DeliveryError } from './message-schema.js';
import { timedDeliveryStore } from './timed-delivery-store.js';

const SWEEP_ROWS = 200;

/** What becomes of deliveries whose holder, time or module is gone. */
export class RescueService {
  readonly #parts: { readonly database: Database; readonly verbs: DeliveryVerbs; readonly clock: Clock };

  constructor(parts: { readonly database: Database; readonly verbs: DeliveryVerbs; readonly clock: Clock }) {
    this.#parts = parts;
  }

  /** Leases whose time is over: the next attempt, or death. @returns how many */
  async rescue(now: number): Promise<number> {
    return await this.#sweep(
      (tx) => timedDeliveryStore.leasesOver(tx, now, SWEEP_ROWS),
      async (tx, row) => {
        const error = {
          code: 'lease_expired',
          message: `${row.module ?? 'The holder'} held it until ${toRfc3339(row.lease_expires_at ?? now)} and said nothing.`,
        };
        await this.#parts.verbs.fail(tx, row, { outcome: 'lease_expired', error, isRetryable: true }, now);
      },
    );
  }

  /** Open deliveries whose message is over its time. @returns how many */
  async expire(now: number): Promise<number> {
    return await this.#sweep(
      (tx) => timedDeliveryStore.expired(tx, now, SWEEP_ROWS),
      (tx, row) =>
        this.#parts.verbs.settle(tx, row, {
          state: 'expired',
          error: { code: 'expired', message: 'Its time to live was over.' },
          now,
        }),
    );
  }

  /** A holder of the hub's own that is gone for certain: no need to wait until its lease is over. False where it is settled already. */
  async abandon(tx: Transaction, id: number, error: DeliveryError): Promise<boolean> {
    const row = await deliveryStore.find(tx, id);
    if (row?.state !== 'leased') return false;
    await this.#parts.verbs.fail(
      tx,
      row,
      { outcome: 'failed', error, isRetryable: true, delayMs: 0 },
      this.#parts.clock.now(),
    );
    return true;
  }

  async bury(tx: Transaction, module: string, reason: string): Promise<number> {
    const rows = await deliveryStore.openOfModule(tx, module);
    for (const row of rows) {
      await this.#parts.verbs.settle(tx, row, {
        state: 'dead',
        error: { code: 'module_removed', message: reason },
        now: this.#parts.clock.now(),
      });
    }
    return rows.length;
  }

  async countOpen(tx: Transaction, module: string): Promise<number> {
    return (await deliveryStore.openOfModule(tx, module)).length;
  }

  async #sweep(
    find: (tx: Transaction) => PromiseLike<DeliveryRow[]> | DeliveryRow[],
    act: (tx: Transaction, row: DeliveryRow) => Promise<void>,
  ): Promise<number> {
    return await this.#parts.database.write(async (tx) => {
      const rows = await find(tx);
      for (const row of rows) await act(tx, row);
      return rows.length;
    });
  }
}
