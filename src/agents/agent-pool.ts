import type { Database } from '../db/database.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import { errorMessage } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import { randomToken } from '../lib/random-token.js';
import type { Module } from '../modules/module.js';
import { type AgentInstance, conversationKey, isReadyFor, leastRecentlyUsed } from './agent-instance.js';
import type { AgentLaunch } from './agent-launch.js';
import type { AgentDriver, AgentExit } from './drivers/agent-driver.js';
import { settlesWithin } from './drivers/settles-within.js';
import { InstanceRecorder } from './instance-recorder.js';
import { sessionFor } from './session-choice.js';
import { sessionStore } from './session-store.js';

export interface AgentPoolParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly driver: AgentDriver;
  readonly launch: AgentLaunch;
  /** Most processes at once. */
  readonly max: number;
  /** Starts the tag of every process of this database. */
  readonly tagPrefix: string;
  readonly idleMs: number;
}

/** A stopped process has exited, unless the system itself holds it. */
const EXIT_MS = 1000;

/** The live agent processes: at most so many, one for a conversation, kept warm, the one used longest ago making room. */
export class AgentPool {
  readonly #parts: AgentPoolParts;
  readonly #recorder: InstanceRecorder;
  readonly #instances = new Map<string, AgentInstance>();
  /** Those that are being ended hold their place, and their conversation, until they are gone. */
  readonly #ending = new Map<AgentInstance, Promise<void>>();
  #starting = 0;

  constructor(parts: AgentPoolParts) {
    this.#parts = parts;
    this.#recorder = new InstanceRecorder(parts);
  }

  get max(): number {
    return this.#parts.max;
  }

  instances(): AgentInstance[] {
    return [...this.#instances.values()];
  }

  /**
   * The warm instance of the conversation, or a new one that resumes its session. It is busy when this returns; the caller releases or
   * ends it. At most `max` callers hold or wait for one at a time.
   */
  async acquire(module: Module, conversationId: string): Promise<AgentInstance> {
    const key = conversationKey({ module: module.name, conversationId });
    const warm = this.#instances.get(key);
    if (warm !== undefined && isReadyFor(warm, module)) {
      warm.state = 'busy';
      return warm;
    }
    if (warm !== undefined) await this.end(warm, 'its module has changed, or its turn is lost');
    await this.#goneFrom(key);
    await this.#takePlace();
    try {
      return await this.#start(module, conversationId);
    } finally {
      this.#starting--;
    }
  }

  /** Back to idle after a turn. `totalCostUsd` is the process's own sum. @returns what this turn cost */
  release(instance: AgentInstance, totalCostUsd: number | undefined): number {
    const turnCostUsd = Math.max(0, (totalCostUsd ?? instance.costUsd) - instance.costUsd);
    instance.costUsd += turnCostUsd;
    instance.turns++;
    instance.lastUsedAt = this.#parts.clock.now();
    if (instance.state === 'busy') instance.state = 'idle';
    return turnCostUsd;
  }

  /** The next process of the conversation starts a new session. */
  async forgetSession(conversationId: string, module: string): Promise<void> {
    await this.#parts.database.write((tx) => sessionStore.remove(tx, conversationId, module));
  }

  /** Complete when it returns: nothing of it is left. Never rejects. */
  async end(instance: AgentInstance, reason: string): Promise<void> {
    await this.#finish(instance, 'stopped', reason);
  }

  /** Its process is broken or gone, and why. */
  discard(instance: AgentInstance, reason: string): void {
    void this.#finish(instance, 'crashed', reason);
  }

  /** Ends those that nobody has used for long. @returns how many */
  async endIdle(now: number): Promise<number> {
    const isUnused = ({ lastUsedAt }: AgentInstance) => now - lastUsedAt >= this.#parts.idleMs;
    return await this.#endAll((instance) => instance.state === 'idle' && isUnused(instance), 'nobody used it');
  }

  async endModule(name: string): Promise<void> {
    await this.#endAll(({ module }) => module === name, 'its module was removed');
  }

  async endConversation(id: string): Promise<void> {
    await this.#endAll(({ conversationId }) => conversationId === id, 'its conversation was deleted');
  }

  async stop(): Promise<void> {
    await this.#endAll(() => true, 'the hub stops');
    await Promise.all(this.#ending.values());
  }

  async #endAll(isMeant: (instance: AgentInstance) => boolean, reason: string): Promise<number> {
    const meant = this.instances().filter(isMeant);
    await Promise.all(meant.map((instance) => this.end(instance, reason)));
    return meant.length;
  }

  /** A session has one writer: the last process of the conversation is gone before the next one starts. */
  async #goneFrom(key: string): Promise<void> {
    const ending = [...this.#ending].filter(([instance]) => conversationKey(instance) === key);
    await Promise.all(ending.map(([, ended]) => ended));
  }

  async #takePlace(): Promise<void> {
    while (this.#instances.size + this.#starting + this.#ending.size >= this.#parts.max) {
      const idle = leastRecentlyUsed(this.#instances.values());
      if (idle !== undefined) await this.end(idle, 'it made room for another');
      else if (this.#ending.size > 0) await Promise.race(this.#ending.values());
      else break;
    }
    this.#starting++;
  }

  async #start(module: Module, conversationId: string): Promise<AgentInstance> {
    const { database, driver, launch, clock, tagPrefix } = this.#parts;
    const session = await sessionFor(database.read, conversationId, module.name);
    const [isResumed, sessionId] = [session.kind === 'resume', session.id];
    const tag = `${tagPrefix}${randomToken(9)}`;
    const options = await launch(module, { tag, session });
    const startedAt = clock.now();
    const about = { module: module.name, conversationId, sessionId };
    const id = await this.#recorder.start({ ...about, isResumed, tag, startedAt });
    const process = await this.#orRecordCrash({ id, ...about }, () => driver.start(options));
    const instance: AgentInstance = {
      id,
      ...about,
      descriptor: module.row.descriptor,
      process,
      startedAt,
      state: 'busy',
      isSessionKept: isResumed,
      turns: 0,
      costUsd: 0,
      lastUsedAt: startedAt,
    };
    this.#instances.set(conversationKey(instance), instance);
    void process.exited.then((exit) => this.#exited(instance, exit));
    return instance;
  }

  async #orRecordCrash<T>(about: Pick<AgentInstance, 'id' | 'module' | 'conversationId'>, start: () => T): Promise<T> {
    try {
      return start();
    } catch (error) {
      const end = { ...about, state: 'crashed', reason: errorMessage(error) } as const;
      await this.#parts.database.write((tx) => this.#recorder.end(tx, end));
      throw error;
    }
  }

  /** By itself: whatever it left running is ended too. */
  #exited(instance: AgentInstance, { code, error }: AgentExit): void {
    this.discard(instance, error?.message ?? `It ended with code ${code}.`);
  }

  #finish(instance: AgentInstance, state: 'stopped' | 'crashed', reason: string): Promise<void> {
    const known = this.#ending.get(instance);
    if (known !== undefined) return known;
    if (this.#instances.get(conversationKey(instance)) !== instance) return Promise.resolve();
    this.#instances.delete(conversationKey(instance));
    instance.state = 'stopping';
    const ended = this.#stopAndRecord(instance, state, reason)
      .catch((error: unknown) => this.#parts.logger.error({ err: error }, 'the end of an agent could not be recorded'))
      .finally(() => this.#ending.delete(instance));
    this.#ending.set(instance, ended);
    return ended;
  }

  async #stopAndRecord(instance: AgentInstance, state: 'stopped' | 'crashed', reason: string): Promise<void> {
    await instance.process.stop();
    if (state === 'crashed') await this.#logCrash(instance, reason);
    await this.#parts.database.write(async (tx) => {
      await this.#recorder.save(tx, instance);
      await this.#recorder.end(tx, { ...instance, state, reason });
    });
    instance.state = state;
  }

  async #logCrash({ id, module, process }: AgentInstance, reason: string): Promise<void> {
    const logged = process.exited.then(({ stderrTail }) =>
      this.#parts.logger.warn({ instance: id, module, reason, stderr: stderrTail }, 'an agent process ended by itself'),
    );
    await settlesWithin(logged, EXIT_MS);
  }
}
