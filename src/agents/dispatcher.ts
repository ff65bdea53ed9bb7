import type { EventFeed } from '../events/event-feed.js';
import type { Logger } from '../lib/logger.js';
import type { ClaimWaiters } from '../messages/claim-waiters.js';
import type { DeliveryService } from '../messages/delivery-service.js';
import type { ClaimedDelivery } from '../messages/message-json.js';
import type { QueueDepths } from '../messages/queue-depths.js';
import type { Module } from '../modules/module.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import type { AgentPool } from './agent-pool.js';
import { RunningTurn } from './running-turn.js';
import type { TurnRunner } from './turn-runner.js';

const LEASE_SECONDS = 60;
const EXTEND_EVERY_MS = 20_000;
const DEFAULT_TIMEOUT_SECONDS = 600;
/** Between two looks where nothing woke it: what became claimable unheard is found then. */
const LOOK_EVERY_MS = 1000;

export interface DispatcherParts {
  readonly modules: ModuleDirectory;
  readonly deliveries: DeliveryService;
  readonly depths: QueueDepths;
  readonly waiters: ClaimWaiters;
  readonly feed: EventFeed;
  readonly pool: AgentPool;
  readonly runner: TurnRunner;
  readonly logger: Logger;
}

/** Claims what waits for agents, as any module would, and has it run as turns while the pool has room. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #running = new Map<RunningTurn, Promise<void>>();
  readonly #stopped = new AbortController();
  #looking: Promise<void> | undefined;
  #isAskedAgain = false;
  #timer: NodeJS.Timeout | undefined;
  #watching: Promise<void> = Promise.resolve();
  #lastServed = '';

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#parts.waiters.listen((queue) => {
      if (this.#parts.modules.find(queue)?.runtime.type === 'claude') this.#look();
    });
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#watching = this.#watchCancelled();
    this.#look();
  }

  get running(): readonly RunningTurn[] {
    return [...this.#running.keys()];
  }

  /** Takes nothing more, lets turns end for `drainMs`, then interrupts them: their deliveries go back untried. */
  async stop(drainMs: number): Promise<void> {
    this.#stopped.abort();
    clearInterval(this.#timer);
    await this.#looking;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    const ended = Promise.all(this.#running.values());
    await Promise.race([ended, patience]);
    clearTimeout(timer);
    for (const turn of this.#running.keys()) turn.end('draining');
    await Promise.all([...this.#running.values(), this.#watching]);
  }

  #look(): void {
    if (this.#stopped.signal.aborted) return;
    if (this.#looking !== undefined) {
      this.#isAskedAgain = true;
      return;
    }
    this.#looking = this.#claimAll()
      .catch((error: unknown) => this.#parts.logger.error({ err: error }, 'the dispatcher could not claim'))
      .finally(() => {
        this.#looking = undefined;
        if (!this.#isAskedAgain) return;
        this.#isAskedAgain = false;
        this.#look();
      });
  }

  async #claimAll(): Promise<void> {
    for (const module of this.#waitingAgents()) {
      if (this.#stopped.signal.aborted || this.#running.size >= this.#parts.pool.max) return;
      const [claimed] = await this.#parts.deliveries.claim(module.name, {
        max: 1,
        waitMs: 0,
        leaseMs: LEASE_SECONDS * 1000,
        signal: this.#stopped.signal,
      });
      if (claimed === undefined) continue;
      this.#lastServed = module.name;
      this.#isAskedAgain = true;
      this.#begin(claimed, module);
    }
  }

  /** Agents with something in their inbox, the one after the one served last first. */
  #waitingAgents(): Module[] {
    const agents = this.#parts.modules
      .all()
      .filter((module) => module.runtime.type === 'claude' && this.#parts.depths.of(module.name).pending > 0);
    const later = agents.filter((module) => module.name > this.#lastServed);
    return [...later, ...agents.filter((module) => module.name <= this.#lastServed)];
  }

  #begin(claimed: ClaimedDelivery, module: Module): void {
    const turn = new RunningTurn(claimed, module);
    const extending = setInterval(() => void this.#extend(turn), EXTEND_EVERY_MS);
    const timeoutSeconds =
      module.runtime.type === 'claude'
        ? (module.runtime.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS)
        : DEFAULT_TIMEOUT_SECONDS;
    const timeout = setTimeout(() => turn.end('timed_out'), timeoutSeconds * 1000);
    const done = this.#parts.runner
      .run(turn)
      .catch((error: unknown) =>
        this.#parts.logger.error({ err: error, delivery: claimed.deliveryId }, 'a turn could not be recorded'),
      )
      .finally(() => {
        clearInterval(extending);
        clearTimeout(timeout);
        this.#running.delete(turn);
        this.#look();
      });
    this.#running.set(turn, done);
  }

  async #extend(turn: RunningTurn): Promise<void> {
    const { deliveryId, lease } = turn.claimed;
    const [outcome] = await this.#parts.deliveries.applyAll([
      { id: deliveryId, verb: 'extend', lease, leaseSeconds: LEASE_SECONDS },
    ]);
    if (outcome instanceof Error) turn.end('lease_lost');
  }

  async #watchCancelled(): Promise<void> {
    const { feed } = this.#parts;
    const filter = { types: ['delivery.cancelled', 'delivery.expired', 'delivery.died'] };
    for await (const step of feed.follow({ after: feed.lastSeq, filter, signal: this.#stopped.signal })) {
      if (step.kind === 'reset') continue;
      const ids = new Set(step.events.map((event) => event.delivery_id));
      for (const turn of this.#running.keys()) if (ids.has(turn.claimed.deliveryId)) turn.end('cancelled');
    }
  }
}
