import { randomUUID } from 'node:crypto';
import type { Database } from '../db/database.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import { errorMessage } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import { randomToken } from '../lib/random-token.js';
import type { Module } from '../modules/module.js';
import { type AgentInstance, conversationOf, leastRecentlyUsed } from './agent-instance.js';
import type { AgentLaunch } from './agent-launch.js';
import type { AgentDriver, AgentExit, AgentProcess } from './drivers/agent-driver.js';
import { instanceStore } from './instance-store.js';
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

/** The live agent processes: at most so many, one for a conversation, kept warm, the one used longest ago making room. */
export class AgentPool {
  readonly #parts: AgentPoolParts;
  readonly #instances = new Map<string, AgentInstance>();
  readonly #ending = new Set<Promise<void>>();

  constructor(parts: AgentPoolParts) {
    this.#parts = parts;
  }

  get max(): number {
    return this.#parts.max;
  }

  instances(): AgentInstance[] {
    return [...this.#instances.values()];
  }

  /**
   * The warm instance of the conversation, or a new one that resumes its session. It is busy when this returns; the caller releases it.
   * The caller holds the conversation's only delivery that is out, so nobody else asks for it at the same time.
   */
  async acquire(module: Module, conversationId: string): Promise<AgentInstance> {
    const warm = this.#instances.get(conversationOf(module.name, conversationId));
    if (warm !== undefined) {
      if (warm.state === 'idle' && warm.revision === module.row.revision) {
        warm.state = 'busy';
        return warm;
      }
      await this.end(warm, 'its module has changed');
    }
    await this.#makeRoom();
    return await this.#start(module, conversationId);
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

  /** The session has been written to: the next process of this conversation resumes it. */
  async keepSession(conversationId: string, module: string, sessionId: string, isStarted: boolean): Promise<void> {
    const row = {
      conversation_id: conversationId,
      module,
      session_id: sessionId,
      is_started: isStarted ? 1 : 0,
      updated_at: this.#parts.clock.now(),
    };
    await this.#parts.database.write((tx) => sessionStore.put(tx, row));
  }

  async end(instance: AgentInstance, reason: string): Promise<void> {
    if (instance.state === 'stopping') return await instance.process.stop();
    instance.state = 'stopping';
    this.#forget(instance);
    await this.#track(instance.process.stop().then(() => this.#ended(instance, 'stopped', reason)));
  }

  /** Ends those that nobody has used for long. @returns how many */
  async endIdle(now: number): Promise<number> {
    const idle = this.instances().filter(
      (instance) => instance.state === 'idle' && now - instance.lastUsedAt >= this.#parts.idleMs,
    );
    await Promise.all(idle.map((instance) => this.end(instance, 'nobody used it')));
    return idle.length;
  }

  async stop(): Promise<void> {
    await Promise.all(this.instances().map((instance) => this.end(instance, 'the hub stops')));
    await Promise.all(this.#ending);
  }

  async #makeRoom(): Promise<void> {
    if (this.#instances.size < this.#parts.max) return;
    const idle = leastRecentlyUsed(this.#instances.values());
    if (idle !== undefined) await this.end(idle, 'it made room for another');
  }

  async #start(module: Module, conversationId: string): Promise<AgentInstance> {
    const { database, driver, launch, clock, tagPrefix, events } = this.#parts;
    const known = await sessionStore.find(database.read, conversationId, module.name);
    const isResumed = known?.is_started === 1;
    const sessionId = isResumed ? known.session_id : randomUUID();
    const tag = `${tagPrefix}${randomToken(9)}`;
    const options = await launch(module, { tag, session: { kind: isResumed ? 'resume' : 'new', id: sessionId } });
    const startedAt = clock.now();
    const id = await database.write(async (tx) => {
      const key = await instanceStore.insert(tx, {
        module: module.name,
        conversation_id: conversationId,
        session_id: sessionId,
        tag,
        started_at: startedAt,
      });
      const data = { sessionId, resumed: isResumed };
      await events.append(tx, {
        type: 'instance.started',
        at: startedAt,
        module: module.name,
        conversationId,
        instanceId: key,
        data,
      });
      return key;
    });
    const process = await this.#launch(id, () => driver.start(options));
    const instance: AgentInstance = {
      id,
      module: module.name,
      conversationId,
      sessionId,
      revision: module.row.revision,
      process,
      startedAt,
      state: 'busy',
      turns: 0,
      costUsd: 0,
      lastUsedAt: startedAt,
    };
    this.#instances.set(conversationOf(module.name, conversationId), instance);
    void process.exited.then((exit) => this.#exited(instance, exit));
    return instance;
  }

  async #launch(id: number, start: () => AgentProcess): Promise<AgentProcess> {
    try {
      return start();
    } catch (error) {
      const { database, clock } = this.#parts;
      await database.write((tx) =>
        instanceStore.end(tx, { id, state: 'crashed', now: clock.now(), reason: errorMessage(error) }),
      );
      throw error;
    }
  }

  /** It ended by itself: whatever it left running is ended too. */
  #exited(instance: AgentInstance, exit: AgentExit): void {
    if (instance.state === 'stopping') return;
    instance.state = 'crashed';
    this.#forget(instance);
    const reason = exit.error?.message ?? `It ended with code ${exit.code}.`;
    this.#parts.logger.warn(
      { instance: instance.id, module: instance.module, reason, stderr: exit.stderrTail },
      'an agent process ended',
    );
    void this.#track(instance.process.stop().then(() => this.#ended(instance, 'crashed', reason)));
  }

  async #ended(instance: AgentInstance, state: 'stopped' | 'crashed', reason: string): Promise<void> {
    const { database, clock, events } = this.#parts;
    const now = clock.now();
    const { id, process, turns, costUsd, lastUsedAt } = instance;
    await database.write(async (tx) => {
      await instanceStore.save(tx, {
        id,
        state: 'stopping',
        pid: process.pid ?? null,
        turns,
        cost_usd: costUsd,
        last_turn_at: turns === 0 ? null : lastUsedAt,
      });
      if ((await instanceStore.end(tx, { id, state, now, reason })) === 0) return;
      const data = { reason, turns, costUsd };
      const type = state === 'stopped' ? 'instance.stopped' : 'instance.crashed';
      await events.append(tx, {
        type,
        at: now,
        module: instance.module,
        conversationId: instance.conversationId,
        instanceId: id,
        data,
      });
    });
  }

  #forget(instance: AgentInstance): void {
    const key = conversationOf(instance.module, instance.conversationId);
    if (this.#instances.get(key) === instance) this.#instances.delete(key);
  }

  async #track(work: Promise<void>): Promise<void> {
    const tracked = work
      .catch((error: unknown) =>
        this.#parts.logger.error({ err: error }, 'an agent process could not be ended cleanly'),
      )
      .finally(() => this.#ending.delete(tracked));
    this.#ending.add(tracked);
    await tracked;
  }
}
