import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { DeliveryRow, MessageRow } from '../db/tables.js';
import { type Clock, toRfc3339 } from '../lib/clock.js';
import { deliveryStore } from './delivery-store.js';
import type { DeliveryVerbs, Failure } from './delivery-verbs.js';
import type { DeliveryError } from './message-schema.js';
import { messageStore } from './message-store.js';
import type { ReplyWriter } from './reply-writer.js';
import { timedDeliveryStore } from './timed-delivery-store.js';

const SWEEP_ROWS = 200;

/** The payload of the reply in the name of a recipient that can give none any more; undefined where there is to be none. */
export type LastWord = (
  tx: Transaction,
  ended: { readonly delivery: DeliveryRow; readonly message: MessageRow; readonly error: DeliveryError },
) => Promise<unknown>;

export interface RescueParts {
  readonly database: Database;
  readonly verbs: DeliveryVerbs;
  readonly clock: Clock;
  readonly replies: ReplyWriter;
  readonly lastWord: LastWord;
}

/** What becomes of deliveries whose holder, time or module is gone. */
export class RescueService {
  readonly #parts: RescueParts;

  constructor(parts: RescueParts) {
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
        await this.#fail(tx, row, { outcome: 'lease_expired', error, isRetryable: true }, now);
      },
    );
  }

  /** Open deliveries whose message is over its time. @returns how many */
  async expire(now: number): Promise<number> {
    return await this.#sweep(
      (tx) => timedDeliveryStore.expired(tx, now, SWEEP_ROWS),
      (tx, row) => this.#settle(tx, row, 'expired', { code: 'expired', message: 'Its time to live was over.' }),
    );
  }

  /** A holder of the hub's own that is gone for certain: no need to wait until its lease is over. False where it is settled or tried again already. */
  async abandon(
    tx: Transaction,
    { id, attempt }: { id: number; attempt: number },
    error: DeliveryError,
  ): Promise<boolean> {
    const row = await deliveryStore.find(tx, id);
    if (row?.state !== 'leased' || row.attempt !== attempt) return false;
    const failure = { outcome: 'failed', error, isRetryable: true, delayMs: 0 } as const;
    await this.#fail(tx, row, failure, this.#parts.clock.now());
    return true;
  }

  async bury(tx: Transaction, module: string, reason: string): Promise<number> {
    const rows = await deliveryStore.openOfModule(tx, module);
    for (const row of rows) await this.#settle(tx, row, 'dead', { code: 'module_removed', message: reason });
    return rows.length;
  }

  async countOpen(tx: Transaction, module: string): Promise<number> {
    return (await deliveryStore.openOfModule(tx, module)).length;
  }

  async #fail(tx: Transaction, row: DeliveryRow, failure: Failure, now: number): Promise<void> {
    const next = await this.#parts.verbs.fail(tx, row, failure, now);
    if (next === 'bury') await this.#answer(tx, row, failure.error);
  }

  async #settle(tx: Transaction, row: DeliveryRow, state: 'dead' | 'expired', error: DeliveryError): Promise<void> {
    await this.#parts.verbs.settle(tx, row, { state, error, now: this.#parts.clock.now() });
    await this.#answer(tx, row, error);
  }

  /** So that nobody waits for an answer that cannot come. */
  async #answer(tx: Transaction, delivery: DeliveryRow, error: DeliveryError): Promise<void> {
    const { replies, lastWord, clock } = this.#parts;
    const message = await messageStore.find(tx, delivery.message_id);
    if (message === undefined) return;
    const payload = await lastWord(tx, { delivery, message, error });
    if (payload !== undefined)
      await replies.write(tx, message.id, { from: delivery.module ?? '', payload, now: clock.now() });
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
