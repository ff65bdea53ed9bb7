import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { type Periodic, startPeriodic } from '../lib/periodic.js';
import type { Module } from '../modules/module.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import { type AgentInstance, isCurrent, isSpareFor, recycleReasonOf, type SystemPromptOf } from './agent-instance.js';
import type { AgentPool } from './agent-pool.js';
import type { Lanes } from './lanes/lanes.js';
import type { LiveInstances } from './live-instances.js';
import type { UsageMeter } from './process-usage.js';
import type { StartBreakers } from './start-breakers.js';

export interface PoolUpkeepParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly modules: ModuleDirectory;
  readonly live: LiveInstances;
  readonly pool: AgentPool;
  readonly usage: UsageMeter;
  readonly starts: StartBreakers;
  readonly lanes: Lanes;
  readonly systemPromptOf: SystemPromptOf;
}

const TEND_EVERY_MS = 5000;

/** Ends the idle processes whose time is over, and keeps as many spares ready as the agents ask for. */
export class PoolUpkeep {
  readonly #parts: PoolUpkeepParts;
  readonly #stopped = new AbortController();
  #periodic: Periodic | undefined;
  #keeping: Promise<void> = Promise.resolve();

  constructor(parts: PoolUpkeepParts) {
    this.#parts = parts;
  }

  start(): void {
    const report = (error: unknown) => this.#parts.logger.error({ err: error }, 'the pool of agents is not tended');
    this.#periodic = startPeriodic(TEND_EVERY_MS, () => this.tend(), report);
    this.#keeping = this.#keepSpares().catch(report);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([this.#periodic?.stop(), this.#keeping]);
  }

  async tend(): Promise<void> {
    const { live, usage, clock, lanes } = this.#parts;
    await lanes.refresh();
    if (live.all().length === 0) return this.#parts.pool.news.tell();
    await usage.measure();
    const now = clock.now();
    const due = live.all().flatMap((instance) => {
      const memoryBytes = usage.of(instance.run.tag)?.memoryBytes;
      const reason = instance.state === 'idle' ? recycleReasonOf(instance, memoryBytes, now) : undefined;
      return reason === undefined ? [] : [live.end(instance, reason)];
    });
    await Promise.all(due);
    this.#parts.pool.news.tell();
  }

  /** At every change of the pool, and of the modules. */
  async #keepSpares(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const news = this.#parts.pool.news.next(signal);
      for (const module of this.#parts.modules.all())
        await this.#keepSparesOf(module).catch((error: unknown) =>
          this.#parts.logger.warn({ err: error, module: module.name }, 'a spare process could not be started'),
        );
      await news;
    }
  }

  async #keepSparesOf(module: Module): Promise<void> {
    const { live, pool, starts, lanes, systemPromptOf } = this.#parts;
    const wanted = module.runtime.type === 'claude' ? (module.runtime.prewarm ?? 0) : 0;
    const spares = live.all().filter((instance) => isSpare(instance, module.name));
    if (spares.length === 0 && wanted === 0) return;
    const current = { module, systemPrompt: await systemPromptOf(module) };
    for (const spare of spares.filter((each) => each.state === 'idle' && !isCurrent(each, current)))
      await live.end(spare, 'its module or its system prompt has changed');
    for (let count = spares.filter((each) => isSpareFor(each, current)).length; count < wanted; count++) {
      if (this.#stopped.signal.aborted || !live.hasSparePlace || starts.roomOf(module.name, 0) === 0) return;
      if (!lanes.hasOpenFor(module)) return;
      await pool.open({ module, conversationId: undefined, name: undefined });
    }
  }
}

const isSpare = (instance: AgentInstance, module: string): boolean =>
  instance.module === module && instance.conversationId === undefined;
