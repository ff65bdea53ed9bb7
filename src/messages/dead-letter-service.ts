import type { Database } from '../db/database.js';
import type { AttemptRow, DeliveryRow, MessageRow } from '../db/tables.js';
import { keepActing } from '../lib/acting-key.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { deadLetterStore } from './dead-letter-store.js';
import { deliveryStore } from './delivery-store.js';
import type { DeliveryVerbs } from './delivery-verbs.js';
import { messageStore } from './message-store.js';

export interface DeadLetter {
  readonly delivery: DeliveryRow;
  readonly message: MessageRow;
  readonly attempts: readonly AttemptRow[];
}

/** All that is named must fit; with ids, only those. */
export interface DeadLetterFilter {
  readonly ids?: readonly number[] | undefined;
  readonly module?: string | undefined;
  readonly type?: string | undefined;
  /** Died before this instant. */
  readonly before?: number | undefined;
}

const PAGE = 500;

export class DeadLetterService {
  readonly #database: Database;
  readonly #verbs: DeliveryVerbs;
  readonly #clock: Clock;

  constructor({ database, verbs, clock }: { database: Database; verbs: DeliveryVerbs; clock: Clock }) {
    this.#database = database;
    this.#verbs = verbs;
    this.#clock = clock;
  }

  /** Newest first, below a delivery's key, with the whole history of their attempts. */
  async list(filter: DeadLetterFilter, below: number, limit: number): Promise<DeadLetter[]> {
    const { read } = this.#database;
    const rows = await deadLetterStore.dead(read, filter, below, limit);
    return await Promise.all(
      rows.map(async (delivery) => ({
        delivery,
        message: (await messageStore.find(read, delivery.message_id))!,
        attempts: await deadLetterStore.attempts(read, delivery.id),
      })),
    );
  }

  /** They stand in line again, at attempt 1. @returns the keys of those that were redriven */
  async redrive(filter: DeadLetterFilter): Promise<number[]> {
    const redriven: number[] = [];
    const acting = keepActing();
    const redrivePage = (below: number): Promise<number[]> =>
      this.#database.write(async (tx) => {
        const rows = await deadLetterStore.dead(tx, filter, below, PAGE);
        for (const row of rows) await this.#verbs.redrive(tx, row, this.#clock.now());
        return rows.map((row) => row.id);
      });
    for (let below = Number.MAX_SAFE_INTEGER; ; ) {
      const page = await acting(() => redrivePage(below));
      redriven.push(...page);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return redriven;
      below = last;
    }
  }

  /** @throws delivery_not_found, state_conflict where it is no dead letter */
  async remove(id: number): Promise<void> {
    await this.#database.write(async (tx) => {
      const row = await deliveryStore.find(tx, id);
      if (row === undefined) throw new HubError('delivery_not_found', `There is no delivery dlv_${id}.`);
      if (row.state !== 'dead') throw new HubError('state_conflict', `dlv_${id} is ${row.state}, not a dead letter.`);
      await this.#verbs.discard(tx, row, this.#clock.now());
    });
  }
}
