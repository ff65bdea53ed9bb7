import type { ChannelDirectory } from '../channels/channel-directory.js';
import type { EventFeed } from '../events/event-feed.js';
import { keepTelling } from '../events/event-follower.js';
import type { StoredEvent } from '../events/event-types.js';
import type { Awaitable } from '../lib/awaitable.js';
import { errorMessage, isHubError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import type { Module } from '../modules/module.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import type { ClaimWaiters } from './claim-waiters.js';
import { CoalescedRun } from './coalesced-run.js';
import type { DeliveryService } from './delivery-service.js';
import { HeldDelivery, type ServedOutcome } from './held-delivery.js';
import type { ClaimedDelivery } from './message-json.js';
import type { QueueDepths } from './queue-depths.js';

const LEASE_SECONDS = 60;
const EXTEND_EVERY_MS = 20_000;
/** Between two looks where nothing woke it: what became claimable unheard, or room that came with time, is found then. */
const LOOK_EVERY_MS = 1000;

/** What the hub does for modules of one runtime. */
export interface HubService {
  serves(module: Module): boolean;
  /** How many more deliveries of the module it takes now. Asked where some may wait; `held` of them are with it already. */
  makeRoom(module: Module, held: number): Awaitable<number>;
  /** The work on one delivery. Ends soon after `signal` is aborted; its outcome counts only where it was not cancelled. */
  serve(held: HeldDelivery): Promise<ServedOutcome>;
  /** Called once: `look` is for room that came about without the end of a delivery. */
  onRoom?(look: () => void): void;
  /** Its descriptor was replaced, or it was removed. */
  moduleChanged?(name: string): void;
  /** When nothing is held any more. Complete when it returns. */
  stop(): Promise<void>;
}

export interface HubServerParts {
  readonly modules: ModuleDirectory;
  readonly channels: ChannelDirectory;
  readonly deliveries: DeliveryService;
  readonly depths: QueueDepths;
  readonly waiters: ClaimWaiters;
  readonly feed: EventFeed;
  readonly logger: Logger;
}

/** Refused because somebody else was faster: ordinary for a holder. */
const lost: ReadonlySet<string> = new Set(['delivery_not_found', 'delivery_final', 'lease_lost']);

const heard = ['delivery.cancelled', 'delivery.expired', 'delivery.died', 'module.*', 'channel.subscribed'];

/**
 * Claims what waits for modules that the hub itself serves, from their inboxes and channels and as any module would, while the service
 * has room; holds the leases while the service works; and says how each ended.
 */
export class HubServer {
  readonly #service: HubService;
  readonly #parts: HubServerParts;
  readonly #held = new Map<HeldDelivery, Promise<void>>();
  /** No more claims. */
  readonly #stopped = new AbortController();
  /** Nothing is held any more. */
  readonly #over = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #looks = new CoalescedRun(() => this.#claimAll());
  #following: Promise<void> = Promise.resolve();
  #lastServed = '';

  constructor(service: HubService, parts: HubServerParts) {
    this.#service = service;
    this.#parts = parts;
  }

  start(): void {
    this.#parts.waiters.listen((queue) => {
      if (this.#servedFrom(queue).length > 0) this.#look();
    });
    this.#service.onRoom?.(() => this.#look());
    this.#timers.push(
      setInterval(() => this.#look(), LOOK_EVERY_MS),
      setInterval(() => void this.extendHeld(), EXTEND_EVERY_MS),
    );
    this.#following = this.#follow();
    this.#look();
  }

  get held(): readonly HeldDelivery[] {
    return [...this.#held.keys()];
  }

  /** Takes nothing more, lets the work end for `drainMs`, and then gives back untried what is left. */
  async stop(drainMs: number): Promise<void> {
    this.#stopped.abort();
    await this.#looks.settled();
    const patience = setTimeout(() => this.#endAll(), drainMs);
    await Promise.all(this.#held.values());
    clearTimeout(patience);
    for (const timer of this.#timers) clearInterval(timer);
    this.#over.abort();
    await this.#following;
    await this.#service.stop();
  }

  /** Holds every lease for its whole time again; where that fails, the work on it ends. */
  async extendHeld(): Promise<void> {
    const held = this.held;
    if (held.length === 0) return;
    const verbs = held.map(({ claimed: { deliveryId: id, lease } }) => {
      return { id, verb: 'extend', lease, leaseSeconds: LEASE_SECONDS } as const;
    });
    try {
      const outcomes = await this.#parts.deliveries.applyAll(verbs);
      for (const [index, each] of held.entries()) if (outcomes[index] instanceof Error) each.end('lease_lost');
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'leases could not be extended');
    }
  }

  /** Names of the modules that may claim from a queue and are served here. */
  #servedFrom(queue: string): string[] {
    const { modules, channels } = this.#parts;
    const names = queue.startsWith('#') ? channels.subscribersOf(queue.slice(1)) : [queue];
    return names.filter((name) => {
      const module = modules.find(name);
      return module !== undefined && this.#service.serves(module);
    });
  }

  #look(): void {
    if (!this.#stopped.signal.aborted) this.#looks.ask();
  }

  async #claimAll(): Promise<void> {
    for (const name of this.#waiting()) {
      await this.#claimFor(name).catch((error: unknown) =>
        this.#parts.logger.error({ err: error, module: name }, 'a server of the hub could not claim'),
      );
    }
  }

  async #claimFor(name: string): Promise<void> {
    const { modules, deliveries } = this.#parts;
    const { signal } = this.#stopped;
    const asked = modules.find(name);
    const max = signal.aborted || asked === undefined ? 0 : await this.#service.makeRoom(asked, this.#heldOf(name));
    const module = modules.find(name);
    if (max <= 0 || module === undefined || !this.#service.serves(module)) return;
    const claimed = await deliveries.claim(name, { max, waitMs: 0, leaseMs: LEASE_SECONDS * 1000, signal });
    if (claimed.length === 0) return;
    this.#lastServed = name;
    for (const each of claimed) this.#begin(each, module);
    this.#looks.ask();
  }

  /** Modules with something in a queue of theirs, the one after the one served last first. */
  #waiting(): string[] {
    const { depths } = this.#parts;
    const queues = depths.queues().filter((queue) => depths.of(queue).pending > 0);
    const names = [...new Set(queues.flatMap((queue) => this.#servedFrom(queue)))].sort();
    const next = names.findIndex((name) => name > this.#lastServed);
    return next <= 0 ? names : [...names.slice(next), ...names.slice(0, next)];
  }

  #heldOf(name: string): number {
    return this.held.filter(({ module }) => module.name === name).length;
  }

  #begin(claimed: ClaimedDelivery, module: Module): void {
    const held = new HeldDelivery(claimed, module);
    const done = this.#serve(held)
      .catch((error: unknown) =>
        this.#parts.logger.error({ err: error, delivery: claimed.deliveryId }, 'a delivery could not be settled'),
      )
      .finally(() => {
        this.#held.delete(held);
        this.#look();
      });
    this.#held.set(held, done);
  }

  async #serve(held: HeldDelivery): Promise<void> {
    const { deliveries, logger } = this.#parts;
    const outcome = await this.#service.serve(held).catch((error: unknown): ServedOutcome => {
      logger.error({ err: error, delivery: held.claimed.deliveryId }, 'a delivery failed inside the hub');
      return { kind: 'failed', error: { code: 'internal', message: errorMessage(error) }, isRetryable: true };
    });
    const verb = held.verbOf(outcome);
    if (verb === undefined) return;
    await deliveries.apply(held.claimed.deliveryId, verb).catch((error: unknown) => {
      if (!isHubError(error) || !lost.has(error.code)) throw error;
      logger.info({ delivery: held.claimed.deliveryId, code: error.code }, 'a delivery was not held any more');
    });
  }

  #endAll(): void {
    for (const held of this.#held.keys()) held.end('draining');
  }

  #follow(): Promise<void> {
    return keepTelling(this.#parts.feed, {
      name: 'a server of the hub',
      filter: { types: heard },
      logger: this.#parts.logger,
      signal: this.#over.signal,
      hear: (event) => this.#hear(event),
    });
  }

  #hear({ type, module, delivery_id }: StoredEvent): void {
    if (type.startsWith('delivery.')) {
      for (const held of this.#held.keys()) if (held.claimed.deliveryId === delivery_id) held.end('cancelled');
      return;
    }
    if (type.startsWith('module.') && module !== null) this.#service.moduleChanged?.(module);
    this.#look();
  }
}
