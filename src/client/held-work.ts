import { HubUnreachable, isProblem, WorkFailed } from './hub-errors.js';
import type { ClaimedDelivery, DeliveryError, DeliveryOutcome, Message, OneOf, Reply } from './hub-types.js';

/** Outcomes of lost work, kept in case the same delivery comes back. */
const MOST_KEPT = 1000;

/** Completes the delivery when it returns, with what it returns as the reply; fails it when it throws. */
export type WorkHandler = (work: Work) => Promise<Reply | undefined> | Reply | undefined;

/** A delivery in the hands of a handler. */
export interface Work {
  readonly message: Message;
  readonly deliveryId: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Aborted when the delivery is not ours any more: cancelled, expired, or its lease lost. */
  readonly signal: AbortSignal;
}

export type Settlement =
  | { readonly verb: 'complete'; readonly reply?: Reply | undefined }
  | {
      readonly verb: 'fail';
      readonly error: DeliveryError;
      readonly retryable?: boolean | undefined;
      readonly delaySeconds?: number | undefined;
    };

export interface Lease {
  readonly id: string;
  readonly lease: string;
}

/** How a holder speaks to the hub. */
export interface LeaseHolder {
  settle(lease: Lease, settlement: Settlement): Promise<DeliveryOutcome>;
  extend(leases: readonly Lease[], leaseSeconds: number): Promise<readonly OneOf<DeliveryOutcome>[]>;
  release(leases: readonly Lease[]): Promise<void>;
}

export interface HeldWorkOptions {
  readonly handler: WorkHandler;
  readonly concurrency: number;
  readonly leaseSeconds: number;
  /** Told of work that came to nothing because the delivery was lost meanwhile. */
  readonly onLost?: ((work: Work) => void) | undefined;
  /** Told when something was freed. */
  readonly onRoom?: () => void;
}

interface Entry extends Work {
  lease: string;
  isRunning: boolean;
  /** The connection that its lease was bound to is gone: the hub may hand it out anew, to us too. */
  isOrphan: boolean;
  readonly controller: AbortController;
}

/** It is somebody else's now, or over. */
const lostCodes = ['lease_lost', 'delivery_final', 'delivery_not_found'];

/**
 * Deliveries that this process holds: handed to the handler, some at once, with their leases extended while they wait and while it works.
 * One that was lost with its connection and comes back is not begun again: the work on it goes on under the new lease.
 */
export class HeldWork {
  readonly #options: HeldWorkOptions;
  readonly #holder: LeaseHolder;
  readonly #held = new Map<string, Entry>();
  readonly #kept = new Map<string, Settlement>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #isStopping = false;

  constructor(holder: LeaseHolder, options: HeldWorkOptions) {
    this.#holder = holder;
    this.#options = options;
    this.#timer = setInterval(() => void this.#extend(), (options.leaseSeconds * 1000) / 3);
  }

  get size(): number {
    return this.#held.size;
  }

  take(claimed: readonly ClaimedDelivery[]): void {
    for (const each of claimed) this.#takeOne(each);
    this.#begin();
  }

  /** What is held was bound to a connection that is gone. */
  orphan(): void {
    for (const entry of this.#held.values()) entry.isOrphan = true;
  }

  /** Begins nothing more; gives back what was not begun, waits for the rest, and gives that back too when it takes too long. */
  async stop(drainMs: number): Promise<void> {
    this.#isStopping = true;
    await this.#giveBack([...this.#held.values()].filter(({ isRunning }) => !isRunning));
    let patience: NodeJS.Timeout | undefined;
    const isTimeUp = new Promise<boolean>((resolve) => {
      patience = setTimeout(() => resolve(true), drainMs);
    });
    if (await Promise.race([isTimeUp, Promise.all(this.#underWay).then(() => false)])) await this.#giveUp();
    clearTimeout(patience);
    clearInterval(this.#timer);
  }

  async #giveUp(): Promise<void> {
    const entries = [...this.#held.values()];
    for (const { controller } of entries)
      controller.abort(new WorkFailed('stopping', 'There is no time left for this.'));
    await this.#giveBack(entries);
  }

  #takeOne({ delivery: { id, lease, attempt, maxAttempts }, message }: ClaimedDelivery): void {
    const known = this.#held.get(id);
    if (known !== undefined) {
      known.lease = lease;
      known.isOrphan = false;
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    const state = { lease, isRunning: false, isOrphan: false };
    this.#held.set(id, { message, deliveryId: id, attempt, maxAttempts, signal, controller, ...state });
  }

  #begin(): void {
    const entries = [...this.#held.values()];
    let running = entries.filter(({ isRunning }) => isRunning).length;
    for (const entry of entries) {
      if (this.#isStopping || running >= this.#options.concurrency) return;
      if (entry.isRunning) continue;
      running += 1;
      entry.isRunning = true;
      const done = this.#run(entry).finally(() => this.#underWay.delete(done));
      this.#underWay.add(done);
    }
  }

  async #run(entry: Entry): Promise<void> {
    const kept = this.#kept.get(entry.deliveryId);
    this.#kept.delete(entry.deliveryId);
    const settlement = kept ?? (await this.#work(entry));
    // Given back when we stopped, so not ours to settle.
    if (this.#held.get(entry.deliveryId) === entry) {
      await this.#settle(entry, settlement).catch((error: unknown) => this.#lose(entry, settlement, error));
      this.#held.delete(entry.deliveryId);
    }
    this.#options.onRoom?.();
    this.#begin();
  }

  async #work(entry: Entry): Promise<Settlement> {
    try {
      return { verb: 'complete', reply: await this.#options.handler(entry) };
    } catch (error) {
      return failureOf(error);
    }
  }

  async #settle(entry: Entry, settlement: Settlement): Promise<void> {
    const { deliveryId: id, lease } = entry;
    try {
      await this.#holder.settle({ id, lease }, settlement);
    } catch (error) {
      if (!isProblem(error)) throw error;
      const isAdopted = entry.lease !== lease;
      if (isAdopted && error.code === 'lease_lost') return await this.#settle(entry, settlement);
      if (lostCodes.includes(error.code) || settlement.verb === 'fail') throw error;
      // The hub does not take this reply, and will not take it another time.
      await this.#settle(entry, failureOf(new WorkFailed(error.code, error.message, { retryable: false })));
    }
  }

  #lose(entry: Entry, settlement: Settlement, error: unknown): void {
    const mayComeBack = !isProblem(error) || error.code === 'lease_lost';
    if (mayComeBack && settlement.verb === 'complete') this.#kept.set(entry.deliveryId, settlement);
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#options.onLost?.(entry);
  }

  async #extend(): Promise<void> {
    const entries = [...this.#held.values()].filter(({ isOrphan, signal }) => !isOrphan && !signal.aborted);
    for (const entry of this.#held.values()) entry.isOrphan = false;
    if (entries.length === 0) return;
    const leases = entries.map(({ deliveryId: id, lease }) => ({ id, lease }));
    const outcomes = await this.#holder.extend(leases, this.#options.leaseSeconds).catch(() => []);
    for (const [index, outcome] of outcomes.entries()) {
      const entry = entries[index]!;
      if (!('problem' in outcome) || entry.lease !== leases[index]!.lease || entry.isOrphan) continue;
      if (!lostCodes.includes(outcome.problem.code)) continue;
      entry.controller.abort(new WorkFailed(outcome.problem.code, 'The delivery is not ours any more.'));
      if (!entry.isRunning) this.#held.delete(entry.deliveryId);
    }
  }

  async #giveBack(entries: readonly Entry[]): Promise<void> {
    for (const { deliveryId } of entries) this.#held.delete(deliveryId);
    if (entries.length === 0) return;
    // Where that fails, the leases end by themselves.
    await this.#holder.release(entries.map(({ deliveryId: id, lease }) => ({ id, lease }))).catch(() => undefined);
  }
}

const MOST_CHARACTERS = 8192;

const failureOf = (error: unknown): Settlement => {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MOST_CHARACTERS);
  if (error instanceof WorkFailed) return { verb: 'fail', error: { code: error.code, message }, ...error.options };
  const code = isProblem(error) ? error.code : error instanceof HubUnreachable ? 'hub_unreachable' : 'handler_failed';
  return { verb: 'fail', error: { code, message } };
};
