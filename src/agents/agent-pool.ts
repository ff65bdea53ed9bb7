import type { Database } from '../db/database.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import type { Module } from '../modules/module.js';
import {
  type AgentInstance,
  type ConversationOf,
  conversationKey,
  isHeld,
  isReadyFor,
  isSpareFor,
  recycleReasonOf,
  type SystemPromptOf,
  takesTurns,
} from './agent-instance.js';
import { AgentProcessError } from './drivers/agent-process-error.js';
import type { InstanceOrders } from './instance-orders.js';
import type { InstanceRecorder } from './instance-recorder.js';
import type { InstanceRequest, InstanceStarter } from './instance-starter.js';
import { type Lanes, profileAskedBy } from './lanes/lanes.js';
import type { LiveInstances } from './live-instances.js';
import type { News } from './news.js';
import type { OneAtATime } from './one-at-a-time.js';
import type { RunningTurn } from './running-turn.js';
import type { StartBreakers } from './start-breakers.js';

export interface AgentPoolParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly recorder: InstanceRecorder;
  readonly live: LiveInstances;
  readonly starter: InstanceStarter;
  readonly orders: InstanceOrders;
  /** A conversation has one process: what starts, takes or replaces it does so alone. */
  readonly alone: OneAtATime;
  readonly starts: StartBreakers;
  readonly lanes: Lanes;
  readonly systemPromptOf: SystemPromptOf;
}

/** Gives turns the processes that they run in: one for a conversation, kept warm, the one used longest ago making room. */
export class AgentPool {
  readonly #parts: AgentPoolParts;

  constructor(parts: AgentPoolParts) {
    this.#parts = parts;
  }

  /** Told whenever a turn may begin that could not. */
  get news(): News {
    return this.#parts.live.news;
  }

  /** Places that turns can have: a paused instance keeps its own. */
  get room(): number {
    const { live } = this.#parts;
    return live.max - live.all().filter(({ state }) => state === 'paused').length;
  }

  get size(): number {
    return this.#parts.live.all().length;
  }

  /** Whether a turn of the conversation could begin now. */
  takesTurns(conversation: ConversationOf): boolean {
    const own = this.#parts.live.of(conversation);
    return own === undefined || takesTurns(own);
  }

  /**
   * The warm instance of the conversation, or a spare that it takes, or a new one that resumes its session. It is at the turn when this
   * returns, so that who asks anything of it reckons with that; the caller releases or ends it. Waits for a place, and while its instance
   * is paused, until the turn is to end.
   */
  async acquire(
    module: Module,
    conversationId: string,
    { turn, traceparent }: { turn: RunningTurn; traceparent?: string | undefined },
  ): Promise<AgentInstance> {
    const conversation = { module: module.name, conversationId };
    return await this.#parts.alone.run(conversationKey(conversation), async () => {
      const own = await this.#ownOf(conversation, module, turn.signal);
      const instance = own ?? (await this.#newFor(conversation, { module, traceparent }, turn.signal));
      this.#occupy(instance, turn);
      return instance;
    });
  }

  /** The instance that the conversation has, or a new one ahead of its first turn. @throws instances_full, agent_crashed */
  async open(
    request: Omit<InstanceRequest, 'session'>,
  ): Promise<{ readonly instance: AgentInstance; readonly isNew: boolean }> {
    const { module, conversationId } = request;
    if (conversationId === undefined) return { instance: await this.#open(request, undefined), isNew: true };
    const conversation = { module: module.name, conversationId };
    return await this.#parts.alone.run(conversationKey(conversation), async () => {
      const known = this.#parts.live.of(conversation);
      if (known !== undefined) return { instance: known, isNew: false };
      await this.#parts.live.goneFrom(conversation);
      return { instance: await this.#open(request, conversation), isNew: true };
    });
  }

  /** A spare becomes the instance of a conversation. @returns the conversation that it has: another one may have been faster */
  bind(instance: AgentInstance, conversationId: string): string {
    if (instance.conversationId !== undefined) return instance.conversationId;
    instance.conversationId = conversationId;
    this.#parts.recorder.bind(instance).catch(() => this.#disown(instance));
    return conversationId;
  }

  /** `totalCostUsd` is the process's own sum. @returns by how much it grew, which the ledger may know better: see CostRecorder */
  countTurn(instance: AgentInstance, totalCostUsd: number | undefined): number {
    const { run } = instance;
    const turnCostUsd = Math.max(0, (totalCostUsd ?? run.costUsd) - run.costUsd);
    run.costUsd += turnCostUsd;
    instance.turns++;
    run.turns++;
    instance.lastUsedAt = this.#parts.clock.now();
    return turnCostUsd;
  }

  /** When its turn is on record: back to idle, or to what was asked of it meanwhile. */
  release(instance: AgentInstance): void {
    instance.turn = undefined;
    if (instance.state === 'busy') instance.state = 'idle';
    this.#parts.orders.apply(instance);
    if (instance.state === 'idle') this.#recycle(instance);
    this.news.tell();
  }

  /** Its process ended or hung before it had said anything, or there was none. @returns how long turns of the module wait, in milliseconds */
  startFailed(module: string, reason: string): number {
    return this.#parts.starts.failed(module, reason);
  }

  /** Its process has said something. */
  startSucceeded(module: string): void {
    this.#parts.starts.forget(module);
  }

  /** How many more turns of the module may begin while `running` are under way. */
  startRoomOf(module: string, running: number): number {
    return this.#parts.starts.roomOf(module, running);
  }

  /** How long a turn of the conversation waits for its credential, in milliseconds; 0 where it does not. */
  async laneWaitMs(module: Module, conversationId: string): Promise<number> {
    const { lanes, live, starter } = this.#parts;
    const own = live.of({ module: module.name, conversationId })?.run.lane;
    return lanes.waitMs(profileAskedBy(module) ?? own ?? (await starter.laneOf(module.name, conversationId)));
  }

  get areAllLanesOpen(): boolean {
    return this.#parts.lanes.areAllOpen;
  }

  /** Whether any credential that the module may use is taken. */
  hasOpenLaneFor(module: Module): boolean {
    return this.#parts.lanes.hasOpenFor(module);
  }

  /** Whether a program that is missing was here before: then it is being replaced, and will be back. */
  get hasStarted(): boolean {
    return this.#parts.starter.hasStarted;
  }

  /** Complete when it returns: nothing of it is left. Never rejects. */
  async end(instance: AgentInstance, reason: string): Promise<void> {
    await this.#parts.live.end(instance, reason);
  }

  /** Its process is broken or gone, and why. */
  discard(instance: AgentInstance, reason: string): void {
    this.#parts.live.discard(instance, reason);
  }

  /** Its next start may fare otherwise. */
  async moduleChanged(name: string, isRemoved: boolean): Promise<void> {
    this.#parts.starts.forget(name);
    if (isRemoved) await this.#parts.live.endAll(({ module }) => module === name, 'its module was removed');
    this.news.tell();
  }

  async endAll(reason: string): Promise<void> {
    await this.#parts.live.endAll(() => true, reason);
  }

  async endConversation(id: string): Promise<void> {
    await this.#parts.live.endAll(({ conversationId }) => conversationId === id, 'its conversation was deleted');
  }

  /** The hub stops, and the time that it gave its turns is over. */
  hurry(): void {
    this.#parts.live.hurry();
  }

  /** Complete when it returns. No turn is under way any more. */
  async stop(): Promise<void> {
    await this.#parts.alone.settled();
    await this.#parts.live.close();
  }

  /** The process that the conversation has. One that its module has outgrown, or that lost a turn, is ended. */
  async #ownOf(conversation: ConversationOf, module: Module, signal: AbortSignal): Promise<AgentInstance | undefined> {
    const { live, systemPromptOf } = this.#parts;
    for (;;) {
      const systemPrompt = await systemPromptOf(module);
      const own = live.of(conversation);
      if (own === undefined) break;
      if (isReadyFor(own, { module, systemPrompt })) return own;
      if (isHeld(own) && !signal.aborted) await this.news.next(signal);
      else await live.end(own, 'its module or its system prompt has changed, or its turn is lost');
    }
    await live.goneFrom(conversation);
    return undefined;
  }

  async #newFor(
    conversation: ConversationOf,
    { module, traceparent }: Pick<InstanceRequest, 'module' | 'traceparent'>,
    signal: AbortSignal,
  ): Promise<AgentInstance> {
    const { live, starter, lanes, systemPromptOf } = this.#parts;
    const { conversationId } = conversation;
    const session = await starter.sessionOf(conversation);
    const current = { module, systemPrompt: await systemPromptOf(module) };
    const spare =
      session === undefined
        ? live.all().find((each) => isSpareFor(each, current) && lanes.isOpen(each.run.lane))
        : undefined;
    if (spare !== undefined) {
      this.bind(spare, conversationId);
      return spare;
    }
    return await this.#startInPlace({ module, conversationId, name: undefined, session, traceparent }, signal);
  }

  async #open(
    request: Omit<InstanceRequest, 'session'>,
    conversation: ConversationOf | undefined,
  ): Promise<AgentInstance> {
    const session = conversation === undefined ? undefined : await this.#parts.starter.sessionOf(conversation);
    const instance = await this.#startInPlace({ ...request, session }, undefined).catch((error: unknown) => {
      throw error instanceof AgentProcessError ? this.#notOpened(request.module.name, error.message) : error;
    });
    const { process } = instance.run;
    if (process.pid === undefined) {
      const { error } = await process.exited;
      const refusal = this.#notOpened(request.module.name, error?.message ?? 'The agent could not be started.');
      await this.end(instance, refusal.message);
      throw refusal;
    }
    this.#parts.orders.awaitReady(instance);
    return instance;
  }

  /** Spares and turns of it wait, so that nobody tries on and on. */
  #notOpened(module: string, reason: string): HubError {
    this.startFailed(module, reason);
    return new HubError('agent_crashed', reason);
  }

  async #startInPlace(request: InstanceRequest, signal: AbortSignal | undefined): Promise<AgentInstance> {
    const { live, starter } = this.#parts;
    const giveBack = await live.takePlace(signal);
    try {
      const instance = await starter.start(request);
      live.add(instance);
      return instance;
    } finally {
      giveBack();
    }
  }

  #occupy(instance: AgentInstance, turn: RunningTurn): void {
    instance.state = 'busy';
    instance.turn = turn;
    this.#parts.recorder.move(instance, 'busy').then(
      (isOurs) => isOurs || this.#disown(instance),
      () => this.#disown(instance),
    );
  }

  #recycle(instance: AgentInstance): void {
    const reason = recycleReasonOf(instance, undefined, this.#parts.clock.now());
    if (reason !== undefined) void this.end(instance, reason);
  }

  /** Somebody else has ended its row, or the row cannot be written: its process must not go on by itself. */
  #disown(instance: AgentInstance): void {
    this.discard(instance, 'its row is not ours any more');
  }
}
