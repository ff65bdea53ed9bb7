import type { ChannelDirectory } from '../channels/channel-directory.js';
import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import { keepActing } from '../lib/acting-key.js';
import { type Clock, toRfc3339 } from '../lib/clock.js';
import { HubError, isHubError } from '../lib/errors.js';
import { randomToken } from '../lib/random-token.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import type { ClaimWaiters } from './claim-waiters.js';
import { claimedEvent } from './claimed-event.js';
import { claimedTogether, type PlainCompletion } from './claimed-together.js';
import { type DueRequest, type DueRow, deliveryStore } from './delivery-store.js';
import type { DeliveryVerbs, Failure } from './delivery-verbs.js';
import { mergeDue } from './due-order.js';
import type { FairOrder } from './fair-order.js';
import type { ClaimedDelivery } from './message-json.js';
import type { CompleteRequest, ExtendRequest, FailRequest, ReleaseRequest } from './message-schema.js';
import { type MessageTracing, tracedClaim } from './message-tracing.js';
import { claimMoves, type QueueDepths } from './queue-depths.js';
import { queueStore } from './queue-store.js';
import { channelQueue } from './recipients.js';
import type { ReplyWriter } from './reply-writer.js';

export interface DeliveryServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly modules: ModuleDirectory;
  readonly channels: ChannelDirectory;
  readonly depths: QueueDepths;
  readonly claimWaiters: ClaimWaiters;
  readonly verbs: DeliveryVerbs;
  readonly replies: ReplyWriter;
  readonly fair: FairOrder;
  readonly tracing: MessageTracing | undefined;
}

export interface ClaimOptions {
  readonly max: number;
  readonly channels?: readonly string[] | undefined;
  readonly types?: readonly string[] | undefined;
  readonly waitMs: number;
  readonly leaseMs: number;
  /** Aborted when nobody is there to take what is claimed: it is then given back. */
  readonly signal: AbortSignal;
  /** The hub claims for itself: it goes on with what it has before the disk has the claim. */
  readonly isOwn?: boolean;
}

export type HolderVerb =
  | ({ readonly verb: 'complete' } & CompleteRequest)
  | ({ readonly verb: 'fail' } & FailRequest)
  | ({ readonly verb: 'extend' } & ExtendRequest)
  | ({ readonly verb: 'release' } & ReleaseRequest);

export interface HolderOutcome {
  readonly id: number;
  readonly state: 'done' | 'pending' | 'dead' | 'leased';
  readonly replyId?: number;
  readonly leaseExpiresAt?: string;
}

/** Claims, and what holders do with what they claimed. */
export class DeliveryService {
  readonly #parts: DeliveryServiceParts;

  constructor(parts: DeliveryServiceParts) {
    this.#parts = parts;
  }

  /** Empty when nothing came in time. @throws module_not_found, also where the module is removed meanwhile */
  async claim(module: string, options: ClaimOptions): Promise<readonly ClaimedDelivery[]> {
    const { modules, claimWaiters } = this.#parts;
    modules.get(module);
    const queues = this.#queuesOf(module, options.channels);
    modules.sawSign(module);
    const { waitMs: timeoutMs, types, signal } = options;
    const isPicky = types !== undefined;
    const acting = keepActing();
    const claimed = await claimWaiters.lookOrWait(queues, { timeoutMs, signal, isPicky }, async () => {
      modules.get(module);
      if (await this.#isEmpty(queues)) return [];
      return await acting(() => this.#claimNow(module, queues, options));
    });
    if (!signal.aborted || claimed.length === 0) return claimed;
    const unread = claimed.map(({ deliveryId, lease }) => ({ id: deliveryId, verb: 'release', lease }) as const);
    await acting(() => this.applyAll(unread));
    return [];
  }

  /** Whether another claim may find something, as far as memory knows. */
  hasPending(module: string): boolean {
    return this.#queuesOf(module, undefined).some((queue) => this.#parts.depths.of(queue).pending > 0);
  }

  /** With a module its waiting claims end. */
  async forget(tx: Transaction, module: string): Promise<void> {
    tx.tell(this.#parts.claimWaiters.gone, module);
  }

  /** What could be claimed now, in its order; claims nothing. */
  async inbox(module: string, limit: number): Promise<readonly DueRow[]> {
    const { clock, database, modules } = this.#parts;
    modules.get(module);
    return await this.#due(database.read, this.#queuesOf(module, undefined), {
      types: undefined,
      limit,
      now: clock.now(),
    });
  }

  /** One verb of a holder. @throws delivery_not_found, delivery_final, lease_lost */
  async apply(id: number, verb: HolderVerb): Promise<HolderOutcome> {
    return await this.#parts.database.write((tx) => this.#apply(tx, id, verb));
  }

  /** Many verbs in one transaction; each has its own outcome, as if they came one after the other. */
  async applyAll(verbs: readonly (HolderVerb & { readonly id: number })[]): Promise<(HolderOutcome | HubError)[]> {
    return await this.#parts.database.write(async (tx) => {
      const outcomes: (HolderOutcome | HubError)[] = [];
      while (outcomes.length < verbs.length) {
        const together = claimedTogether(verbs, outcomes.length);
        if (together.length > 0) outcomes.push(...(await this.#completeAll(tx, together)));
        const verb = verbs[outcomes.length];
        if (verb !== undefined) outcomes.push(await this.#apply(tx, verb.id, verb).catch(refusalOnly));
      }
      return outcomes;
    });
  }

  /** One verb in the caller's transaction, for a server of the hub's own. @throws delivery_not_found, delivery_final, lease_lost */
  async applyIn(tx: Transaction, id: number, verb: HolderVerb): Promise<HolderOutcome> {
    return await this.#apply(tx, id, verb);
  }

  /** Fails a delivery in the caller's transaction; where it dies, `reply` goes to its sender. */
  async failIn(
    tx: Transaction,
    {
      id,
      lease,
      failure,
      reply,
    }: { id: number; lease: string; failure: Failure; reply: { payload: unknown } | undefined },
  ): Promise<'retry' | 'bury'> {
    const { clock, verbs, replies } = this.#parts;
    const now = clock.now();
    const row = await verbs.held(tx, id, lease, now);
    const next = await verbs.fail(tx, row, failure, now);
    if (next === 'bury' && reply !== undefined)
      await replies.write(tx, row.message_id, { from: row.module ?? '', now, ...reply });
    return next;
  }

  /** When the one was sent that has waited longest in a queue. */
  async oldestPendingAt(queue: string): Promise<number | undefined> {
    return await queueStore.oldestPendingAt(this.#parts.database.read, queue);
  }

  /** Claims that wait answer now, with nothing. */
  stopWaiting(): void {
    this.#parts.claimWaiters.stop();
  }

  #queuesOf(module: string, channels: readonly string[] | undefined): readonly string[] {
    const subscribed = this.#parts.channels.channelsOf(module);
    if (channels === undefined) return subscribed.length === 0 ? [module] : [module, ...subscribed.map(channelQueue)];
    const foreign = channels.find((channel) => !subscribed.includes(channel));
    if (foreign === undefined) return channels.map(channelQueue);
    const errors = [{ pointer: '/channels', message: `${module} is not subscribed to ${foreign}` }];
    throw new HubError('invalid_request', `${module} is not subscribed to the channel ${foreign}.`, { errors });
  }

  /** Several hubs write one after the other: who finds nothing does not stand in that line. */
  async #isEmpty(queues: readonly string[]): Promise<boolean> {
    const { database, depths } = this.#parts;
    if (database.catchUp === undefined || queues.some((queue) => depths.workload(queue) > 0)) return false;
    await database.catchUp();
    return queues.every((queue) => depths.workload(queue) === 0);
  }

  async #claimNow(
    module: string,
    queues: readonly string[],
    { max, types, leaseMs, isOwn = false }: ClaimOptions,
  ): Promise<ClaimedDelivery[]> {
    const { database, clock, events, tracing, depths, claimWaiters, verbs } = this.#parts;
    return await database[isOwn ? 'writeEarly' : 'write'](async (tx) => {
      const now = clock.now();
      const agent = types === undefined ? this.#sharedAgent(module) : undefined;
      const due = await this.#due(tx, queues, { types, limit: max, now, agent });
      if (due.length === 0) return [];
      const lease = randomToken(12);
      const until = now + leaseMs;
      deliveryStore.lease(
        tx,
        due.map((row) => row.delivery_id),
        { module, lease, now, until },
      );
      const claimed = due.map((row) => toClaimed(row, lease, until));
      await this.#parts.fair.claimed(tx, due);
      for (const { id: message_id, task_id } of due)
        if (task_id !== null) await verbs.follow(tx, { message_id, task_id }, { kind: 'claimed', module, now });
      await events.append(tx, claimedEvent(due, { module, now, until }));
      if (tracing !== undefined) tx.whenDurable(() => tracing.claimed(due.map((row) => tracedClaim(row, module))));
      tx.tell(depths.moved, claimMoves(due));
      tx.tell(
        claimWaiters.claimed,
        due.map((row) => row.delivery_id),
      );
      return claimed;
    });
  }

  /** An agent that other hubs run too: its conversations stay with the hub that has them. */
  #sharedAgent(module: string): string | undefined {
    const { database, modules } = this.#parts;
    return database.catchUp !== undefined && modules.find(module)?.runtime.type === 'claude' ? module : undefined;
  }

  async #due(
    handle: Parameters<typeof deliveryStore.due>[0],
    queues: readonly string[],
    { types, limit, now, agent }: Omit<DueRequest, 'queue'>,
  ): Promise<readonly DueRow[]> {
    const lines: DueRow[][] = [];
    for (const queue of queues) lines.push(await deliveryStore.due(handle, { queue, types, now, limit, agent }));
    if (lines.length === 1) return lines[0]!;
    return mergeDue(lines, limit);
  }

  async #completeAll(tx: Transaction, together: readonly PlainCompletion[]): Promise<(HolderOutcome | HubError)[]> {
    const { clock, verbs } = this.#parts;
    const ids = together.map(({ id }) => id);
    const completed = await verbs.complete(tx, ids, together[0]!.lease, clock.now());
    const outcomes: (HolderOutcome | HubError)[] = [];
    for (const id of ids)
      outcomes.push(completed.has(id) ? { id, state: 'done' } : await verbs.refuse(tx, id).catch(refusalOnly));
    return outcomes;
  }

  async #apply(tx: Transaction, id: number, verb: HolderVerb): Promise<HolderOutcome> {
    const { clock, verbs, replies } = this.#parts;
    const now = clock.now();
    if (verb.verb === 'complete') {
      const row = (await verbs.complete(tx, [id], verb.lease, now)).get(id) ?? (await verbs.refuse(tx, id));
      if (verb.reply === undefined) return { id, state: 'done' };
      const reply = await replies.write(tx, row.message_id, { from: row.module ?? '', now, ...verb.reply });
      return { id, state: 'done', replyId: reply.message.id };
    }
    if (verb.verb === 'extend') {
      const until = now + verb.leaseSeconds * 1000;
      if ((await deliveryStore.extend(tx, { id, lease: verb.lease, now, until })) === 0) await verbs.refuse(tx, id);
      return { id, state: 'leased', leaseExpiresAt: toRfc3339(until) };
    }
    const row = await verbs.held(tx, id, verb.lease, now);
    const delayMs = verb.delaySeconds === undefined ? undefined : Math.round(verb.delaySeconds * 1000);
    if (verb.verb === 'release') {
      await verbs.release(tx, row, delayMs ?? 0, now);
      return { id, state: 'pending' };
    }
    const next = await verbs.fail(
      tx,
      row,
      { outcome: 'failed', error: verb.error, isRetryable: verb.retryable ?? true, delayMs },
      now,
    );
    return { id, state: next === 'retry' ? 'pending' : 'dead' };
  }
}

/** These write nothing, so the others of their batch go on; anything else undoes the batch. */
const refusals: ReadonlySet<string> = new Set(['delivery_not_found', 'delivery_final', 'lease_lost']);

const refusalOnly = (error: unknown): HubError => {
  if (isHubError(error) && refusals.has(error.code)) return error;
  throw error;
};

const toClaimed = (row: DueRow, lease: string, leaseExpiresAt: number): ClaimedDelivery => ({
  deliveryId: row.delivery_id,
  lease,
  attempt: row.attempt + 1,
  maxAttempts: row.max_attempts,
  leaseExpiresAt,
  isReplayed: row.is_replayed === 1,
  message: row,
});
