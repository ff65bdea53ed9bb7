import type { Transaction } from '../db/statement.js';
import type { DeliveryRow } from '../db/tables.js';
import type { EventStore } from '../events/event-store.js';
import type { EventType, NewEvent } from '../events/event-types.js';
import { type BackoffPolicy, backoffMs } from '../lib/backoff.js';
import { toRfc3339 } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import type { ClaimWaiters } from './claim-waiters.js';
import { deadLetterStore } from './dead-letter-store.js';
import type { DelayedDeliveries } from './delayed-deliveries.js';
import { afterAttempt, type DeliveryState, isFinal } from './delivery-state.js';
import { deliveryStore, type SettledDelivery } from './delivery-store.js';
import { followedDeliveryStore } from './followed-delivery-store.js';
import { HOLD_REPLY_MS, newHold } from './held-reply.js';
import type { DeliveryError } from './message-schema.js';
import type { FollowedMove, MessageTracking } from './message-tracking.js';
import { claimMoves, completionEndings, completionMoves, type Move, type QueueDepths } from './queue-depths.js';
import type { ReplyWaiters } from './reply-waiters.js';

export interface DeliveryVerbParts {
  readonly events: EventStore;
  readonly depths: QueueDepths;
  readonly claimWaiters: ClaimWaiters;
  readonly replyWaiters: ReplyWaiters;
  readonly delayed: DelayedDeliveries;
  readonly tracking: Pick<MessageTracking, 'moved'>;
}

export interface Failure {
  readonly outcome: 'failed' | 'lease_expired';
  readonly error: DeliveryError;
  readonly isRetryable: boolean;
  /** Instead of the backoff. */
  readonly delayMs?: number | undefined;
}

type Placed = Pick<DeliveryRow, 'id' | 'message_id' | 'queue' | 'module' | 'ordering_key'>;

const retryBackoff: BackoffPolicy = { firstMs: 1000, maxMs: 300_000 };

/** What moves a delivery on, inside the caller's transaction: the row, its event, the next of its ordering key, and who is woken. */
export class DeliveryVerbs {
  readonly #parts: DeliveryVerbParts;

  constructor(parts: DeliveryVerbParts) {
    this.#parts = parts;
  }

  /** The leased row. @throws delivery_not_found, delivery_final, lease_lost */
  async held(tx: Transaction, id: number, lease: string, now: number): Promise<DeliveryRow> {
    return (await deliveryStore.held(tx, id, lease, now)) ?? (await this.refuse(tx, id));
  }

  /** Says why a holder's verb found no row. */
  async refuse(tx: Transaction, id: number): Promise<never> {
    const row = await deliveryStore.find(tx, id);
    if (row === undefined) throw new HubError('delivery_not_found', `There is no delivery dlv_${id}.`);
    if (isFinal(row.state as DeliveryState))
      throw new HubError('delivery_final', `dlv_${id} is ${row.state}; nothing can be done with it any more.`);
    throw new HubError('lease_lost', `The lease on dlv_${id} is not this one, or its time is over.`);
  }

  /** Those of the deliveries that the lease holds. Says nothing of the others: see refuse. */
  async complete(
    tx: Transaction,
    ids: readonly number[],
    lease: string,
    now: number,
  ): Promise<ReadonlyMap<number, SettledDelivery>> {
    const rows = await deliveryStore.complete(tx, ids, lease, now);
    if (rows.length > 1) rows.sort((a, b) => a.id - b.id);
    await this.#parts.events.appendAll(
      tx,
      rows.map((row) =>
        eventOf('delivery.completed', row, now, { attempt: row.attempt, tookMs: now - (row.leased_at ?? now) }),
      ),
    );
    for (const row of rows) if (row.ordering_key !== null) await this.#passTurn(tx, row, now);
    if (rows.length > 0) this.#tellCompleted(tx, rows);
    for (const row of rows) if (row.task_id !== null) await this.follow(tx, row, { kind: 'done', now });
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** A pending reply is claimed, wherever it stands in line, for a request that has it already. @returns the lease; undefined where it is out */
  async hold(tx: Transaction, { id, queue, module }: Placed, now: number): Promise<string | undefined> {
    if ((await deliveryStore.bringForward(tx, id)) === 0) return undefined;
    const lease = newHold();
    deliveryStore.lease(tx, [id], { module: module ?? '', lease, now, until: now + HOLD_REPLY_MS });
    tx.tell(this.#parts.depths.moved, claimMoves([{ queue }]));
    tx.tell(this.#parts.claimWaiters.claimed, [id]);
    return lease;
  }

  #tellCompleted(tx: Transaction, rows: readonly SettledDelivery[]): void {
    const { depths } = this.#parts;
    tx.tell(depths.moved, completionMoves(rows));
    tx.tell(depths.ended, completionEndings(rows));
  }

  /** Back to pending after a pause, or dead: see afterAttempt. */
  async fail(tx: Transaction, row: DeliveryRow, failure: Failure, now: number): Promise<'retry' | 'bury'> {
    const error = JSON.stringify(failure.error);
    await deadLetterStore.insertAttempt(tx, {
      delivery_id: row.id,
      attempt: row.attempt,
      holder: row.module,
      started_at: row.leased_at,
      ended_at: now,
      outcome: failure.outcome,
      error,
    });
    tx.tell(this.#parts.depths.ended, [[row.module ?? '', 'errors', 1]]);
    const next = afterAttempt({ attempt: row.attempt, maxAttempts: row.max_attempts }, failure.isRetryable);
    if (next === 'bury') {
      await this.settle(tx, row, { state: 'dead', error: failure.error, now });
      return next;
    }
    const at = now + (failure.delayMs ?? backoffMs(row.attempt, retryBackoff));
    await this.#requeue(tx, row, { attempt: row.attempt, at, now, error });
    const data = { attempt: row.attempt, outcome: failure.outcome, error: failure.error, availableAt: toRfc3339(at) };
    await this.#append(tx, 'delivery.retried', row, now, data);
    await this.follow(tx, row, { kind: 'retried', error: failure.error, now });
    return next;
  }

  /** The holder gives it back untried: the attempt does not count. */
  async release(tx: Transaction, row: DeliveryRow, delayMs: number, now: number): Promise<void> {
    await this.#requeue(tx, row, { attempt: row.attempt - 1, at: now + delayMs, now, error: row.error });
    await this.#append(tx, 'delivery.released', row, now, { availableAt: toRfc3339(now + delayMs) });
    await this.follow(tx, row, { kind: 'released', now });
  }

  /** Ends an open delivery that was not completed. */
  async settle(
    tx: Transaction,
    row: DeliveryRow,
    { state, error, now }: { state: 'dead' | 'expired' | 'cancelled'; error: DeliveryError; now: number },
  ): Promise<void> {
    const settled = await deliveryStore.settle(tx, { id: row.id, state, error: JSON.stringify(error), now });
    const type = state === 'dead' ? 'delivery.died' : state === 'expired' ? 'delivery.expired' : 'delivery.cancelled';
    await this.#append(tx, type, row, now, { attempt: row.attempt, error });
    if (settled?.availability !== 'blocked') await this.#passTurn(tx, row, now);
    await this.follow(tx, row, { kind: state, error, now });
    const left: Move = [row.queue, row.state as 'pending' | 'leased', -1];
    tx.tell(this.#parts.depths.moved, state === 'dead' ? [left, [row.queue, 'dead', 1]] : [left]);
    tx.tell(this.#parts.replyWaiters.answered, [row.message_id]);
  }

  /** A dead letter stands in line again, with all its attempts before it. */
  async redrive(tx: Transaction, row: DeliveryRow, now: number): Promise<void> {
    const head = row.ordering_key === null ? undefined : await deliveryStore.headOfKey(tx, row.queue, row.ordering_key);
    await deadLetterStore.redrive(tx, row.id, now, head === undefined ? 'ready' : 'blocked');
    await this.#append(tx, 'delivery.redriven', row, now, { attempts: row.attempt });
    await this.follow(tx, row, { kind: 'redriven', now });
    tx.tell(this.#parts.depths.moved, [
      [row.queue, 'dead', -1],
      [row.queue, 'pending', 1],
    ]);
    if (head === undefined) tx.tell(this.#parts.claimWaiters.claimable, [[row.queue, row.id]]);
  }

  /** A dead letter is deleted; the event log keeps that it was. */
  async discard(tx: Transaction, row: DeliveryRow, now: number): Promise<void> {
    await deadLetterStore.removeDead(tx, row.id);
    await this.#append(tx, 'delivery.deleted', row, now, { attempts: row.attempt });
    tx.tell(this.#parts.depths.moved, [[row.queue, 'dead', -1]]);
  }

  /** Tells the task that follows the delivery, where there is one. */
  async follow(
    tx: Transaction,
    { message_id, task_id }: Pick<DeliveryRow, 'message_id' | 'task_id'>,
    move: FollowedMove,
  ): Promise<void> {
    if (task_id === null) return;
    await this.#parts.tracking.moved(tx, task_id, move, () => followedDeliveryStore.tally(tx, message_id, task_id));
  }

  async #requeue(
    tx: Transaction,
    row: DeliveryRow,
    { attempt, at, now, error }: { attempt: number; at: number; now: number; error: string | null },
  ): Promise<void> {
    const isReady = at <= now;
    await deliveryStore.requeue(tx, { id: row.id, attempt, availability: isReady ? 'ready' : 'delayed', at, error });
    tx.tell(this.#parts.depths.moved, [
      [row.queue, 'leased', -1],
      [row.queue, 'pending', 1],
    ]);
    this.#tellPlace(tx, { ...row, availability: isReady ? 'ready' : 'delayed', available_at: at });
  }

  /** The one of its ordering key that was out is settled. */
  async #passTurn(tx: Transaction, row: Placed, now: number): Promise<void> {
    if (row.ordering_key === null) return;
    const next = await deliveryStore.headOfKey(tx, row.queue, row.ordering_key);
    const freed = next === undefined ? undefined : await deliveryStore.unblock(tx, next.id, now);
    if (freed === undefined) return;
    this.#tellPlace(tx, freed);
  }

  #tellPlace(tx: Transaction, row: Pick<DeliveryRow, 'id' | 'queue' | 'availability' | 'available_at'>): void {
    if (row.availability === 'ready') tx.tell(this.#parts.claimWaiters.claimable, [[row.queue, row.id]]);
    else tx.tell(this.#parts.delayed.due, row.available_at);
  }

  async #append(tx: Transaction, type: EventType, row: Placed, at: number, data: object): Promise<void> {
    await this.#parts.events.append(tx, eventOf(type, row, at, data));
  }
}

const eventOf = (type: EventType, row: Placed, at: number, data: object): NewEvent => ({
  type,
  at,
  module: row.module,
  messageId: row.message_id,
  deliveryId: row.id,
  data,
});
