import type { EventFeed } from '../events/event-feed.js';
import { keepTelling } from '../events/event-follower.js';
import type { StoredEvent } from '../events/event-types.js';
import type { Logger } from '../lib/logger.js';
import type { ClaimWaiters } from '../messages/claim-waiters.js';
import type { DeliveryService } from '../messages/delivery-service.js';
import type { ClaimedDelivery } from '../messages/message-json.js';
import type { QueueDepths } from '../messages/queue-depths.js';
import type { Module } from '../modules/module.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import type { AgentPool } from './agent-pool.js';
import type { BudgetService } from './costs/budget-service.js';
import { settlesWithin } from './drivers/settles-within.js';
import { keepLease, LEASE_SECONDS } from './kept-lease.js';
import { RunningTurn } from './running-turn.js';
import { conversationIdOf } from './turn-context.js';
import { TurnGate } from './turn-gate.js';
import type { TurnRunner } from './turn-runner.js';
import { isUntried } from './turn-settlement.js';
import { watchTurn } from './turn-watchdog.js';

/** Between two looks where nothing woke it: what became claimable unheard is found then. */
const LOOK_EVERY_MS = 1000;

/** News that concern a turn under way, a warm process, or what there is to claim. */
const watchedTypes = [
  'delivery.cancelled',
  'delivery.expired',
  'delivery.died',
  'module.registered',
  'module.removed',
  'module.updated',
  'conversation.deleted',
  'channel.subscribed',
] as const;

export interface DispatcherParts {
  readonly modules: ModuleDirectory;
  readonly deliveries: DeliveryService;
  readonly depths: QueueDepths;
  readonly waiters: ClaimWaiters;
  readonly feed: EventFeed;
  readonly pool: AgentPool;
  readonly runner: TurnRunner;
  readonly logger: Logger;
  readonly budgets: BudgetService;
}

/** Claims what waits for agents, as any module would, and has it run as turns while the pool has room. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #gate: TurnGate;
  /** Those that have begun, and those that wait for their conversation. */
  readonly #held = new Map<RunningTurn, Promise<void>>();
  readonly #stopped = new AbortController();
  /** Names of agents for which there may be something to claim. */
  readonly #hinted = new Set<string>();
  /** Those that have spent what they may: looked at again with the next look. */
  readonly #heldBack = new Set<string>();
  #lastServed = '';
  #isClaiming = false;
  #claiming: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#gate = new TurnGate(parts.pool);
  }

  start(): void {
    this.#parts.waiters.listen((queue) => this.#hear(queue));
    this.#timer = setInterval(() => this.#hintWaiting(), LOOK_EVERY_MS);
    this.#watching = this.#watch();
    this.#hint(this.#agents());
  }

  /** How many turns are under way. */
  get running(): number {
    return this.#gate.begun;
  }

  /** How many are claimed and wait for their conversation. */
  get waiting(): number {
    return this.#held.size - this.running;
  }

  /** Takes nothing more, lets turns end for `drainMs`, then interrupts them: their deliveries go back untried. */
  async stop(drainMs: number): Promise<void> {
    this.#stopped.abort();
    clearInterval(this.#timer);
    await this.#claiming;
    await settlesWithin(Promise.all(this.#held.values()), drainMs);
    for (const turn of this.#held.keys()) turn.end('draining');
    this.#parts.pool.hurry();
    await Promise.all([...this.#held.values(), this.#watching]);
  }

  /** A channel says nothing of who listens to it: any agent may. */
  #hear(queue: string): void {
    if (queue.startsWith('#')) this.#hint(this.#agents());
    else if (this.#agent(queue) !== undefined) this.#hint([queue]);
  }

  #hintWaiting(): void {
    const isWaiting = (name: string) => this.#parts.depths.of(name).pending > 0 || this.#heldBack.has(name);
    const waiting = this.#agents().filter(isWaiting);
    this.#heldBack.clear();
    this.#hint(waiting);
  }

  #hint(names: readonly string[]): void {
    for (const name of names) this.#hinted.add(name);
    this.#claim();
  }

  #claim(): void {
    if (this.#isClaiming || this.#stopped.signal.aborted) return;
    this.#isClaiming = true;
    this.#claiming = this.#claimWhileThereIs();
  }

  async #claimWhileThereIs(): Promise<void> {
    try {
      for (let module = this.#next(); module !== undefined; module = this.#next()) await this.#claimOne(module);
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'the dispatcher could not claim');
    } finally {
      this.#isClaiming = false;
    }
  }

  /** The agent after the one served last, so that none waits for ever; undefined where nothing waits or there is no room. */
  #next(): Module | undefined {
    if (this.#stopped.signal.aborted || this.running >= this.#parts.pool.room) return undefined;
    for (const name of this.#hinted) if (this.#agent(name) === undefined) this.#hinted.delete(name);
    const names = [...this.#hinted].filter((name) => this.#mayStart(name)).sort();
    const name = names.find((each) => each > this.#lastServed) ?? names[0];
    return name === undefined ? undefined : this.#agent(name);
  }

  /** Where processes of it do not start, or its provider takes no more, its messages wait unclaimed. */
  #mayStart(name: string): boolean {
    const module = this.#agent(name);
    const { pool } = this.#parts;
    if (module === undefined || !pool.hasOpenLaneFor(module)) return false;
    return pool.startRoomOf(name, this.#gate.begunOf(name)) > 0;
  }

  #agents(): string[] {
    const names = this.#parts.modules.all().map(({ name }) => name);
    return names.filter((name) => this.#agent(name) !== undefined);
  }

  #agent(name: string): Module | undefined {
    const module = this.#parts.modules.find(name);
    return module?.runtime.type === 'claude' ? module : undefined;
  }

  /** A hint that comes while the claim is under way is kept. */
  async #claimOne(module: Module): Promise<void> {
    this.#hinted.delete(module.name);
    const held = await this.#parts.budgets.heldBack(module, this.#unrecordedOf(module));
    if (held?.onExceeded === 'wait') {
      this.#heldBack.add(module.name);
      return;
    }
    const [claimed] = await this.#parts.deliveries.claim(module.name, {
      max: 1,
      waitMs: 0,
      leaseMs: LEASE_SECONDS * 1000,
      signal: this.#stopped.signal,
      isOwn: true,
    });
    if (claimed === undefined) return;
    if (this.#parts.deliveries.hasPending(module.name)) this.#hinted.add(module.name);
    this.#lastServed = module.name;
    if (held === undefined) this.#begin(claimed, module);
    else await this.#parts.budgets.refuse(claimed, module, held);
  }

  #unrecordedOf({ name }: Module): number {
    return [...this.#held.keys()].filter(({ module, turnId }) => module.name === name && turnId === undefined).length;
  }

  #begin(claimed: ClaimedDelivery, module: Module): void {
    const { deliveries, logger } = this.#parts;
    const turn = new RunningTurn(claimed, module);
    const letGo = keepLease(turn, deliveries, logger);
    const done = this.#serve(turn)
      .catch((error: unknown) =>
        logger.error({ err: error, delivery: claimed.deliveryId }, 'a turn could not be recorded'),
      )
      .finally(() => {
        letGo();
        this.#held.delete(turn);
        this.#claim();
      });
    this.#held.set(turn, done);
  }

  async #serve(turn: RunningTurn): Promise<void> {
    if (!this.#parts.pool.areAllLanesOpen && (await this.#putOff(turn))) return;
    if (!(await this.#gate.enter(turn))) return await this.#giveBack(turn);
    const watchdog = watchTurn(turn);
    turn.watchdog = watchdog;
    try {
      await this.#parts.runner.run(turn);
    } finally {
      watchdog.stop();
      this.#gate.leave(turn);
    }
  }

  /** Until the provider takes more from the credential that its session belongs to. False where it does already. */
  async #putOff({ module, claimed }: RunningTurn): Promise<boolean> {
    const { pool, deliveries } = this.#parts;
    const waitMs = await pool.laneWaitMs(module, conversationIdOf(claimed));
    if (waitMs === 0) return false;
    const { deliveryId, lease } = claimed;
    await deliveries.apply(deliveryId, { verb: 'release', lease, delaySeconds: waitMs / 1000 });
    return true;
  }

  /** It has not begun, and will not. */
  async #giveBack({ claimed: { deliveryId, lease }, endReason }: RunningTurn): Promise<void> {
    if (isUntried(endReason)) await this.#parts.deliveries.apply(deliveryId, { verb: 'release', lease });
  }

  #watch(): Promise<void> {
    return keepTelling(this.#parts.feed, {
      name: 'the dispatcher',
      filter: { types: watchedTypes },
      logger: this.#parts.logger,
      signal: this.#stopped.signal,
      hear: (event) => this.#learn(event),
    });
  }

  #learn({ type, module, conversation_id, delivery_id }: StoredEvent): void {
    if (type === 'channel.subscribed') this.#hint(module === null ? [] : [module]);
    else if (type.startsWith('module.')) void this.#parts.pool.moduleChanged(module ?? '', type === 'module.removed');
    else if (type === 'conversation.deleted') void this.#parts.pool.endConversation(conversation_id ?? '');
    else for (const turn of this.#held.keys()) if (turn.claimed.deliveryId === delivery_id) turn.end('cancelled');
  }
}
