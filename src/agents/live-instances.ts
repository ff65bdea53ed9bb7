import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import { type Acting, keepActing } from '../lib/acting-key.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import { patiently } from '../lib/patience.js';
import { type AgentInstance, type ConversationOf, isOf, leastRecentlyUsed } from './agent-instance.js';
import type { AgentExit } from './drivers/agent-driver.js';
import { settlesWithin } from './drivers/settles-within.js';
import type { InstanceRecorder } from './instance-recorder.js';
import { News } from './news.js';
import type { UsageMeter } from './process-usage.js';

export interface LiveInstancesParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly recorder: InstanceRecorder;
  /** Most processes at once. */
  readonly max: number;
  /** Most bytes that all processes may hold before another is started; undefined for no such limit. */
  readonly memoryBytes: number | undefined;
  readonly usage: UsageMeter;
}

/** What a process is taken to hold before it was measured. */
const NEW_PROCESS_BYTES = 250 * 1024 * 1024;
/** A stopped process has exited, unless the system itself holds it. */
const EXIT_MS = 1000;
/** While the database is away the end of an instance waits for it, in milliseconds. */
const RECORD_MS = 30_000;

/** The instances of this hub that have not ended, and the places that they take: at most so many. */
export class LiveInstances {
  /** Told whenever an instance may take turns that could not, or a place has become free. */
  readonly news = new News();
  readonly #parts: LiveInstancesParts;
  readonly #instances = new Map<number, AgentInstance>();
  /** Those that are being ended hold their place, and their conversation, until they are gone. */
  readonly #ending = new Map<AgentInstance, Promise<void>>();
  #starting = 0;
  #waiting = 0;
  #isClosed = false;
  #isHurried = false;

  constructor(parts: LiveInstancesParts) {
    this.#parts = parts;
  }

  get max(): number {
    return this.#parts.max;
  }

  all(): AgentInstance[] {
    return [...this.#instances.values()];
  }

  find(id: number): AgentInstance | undefined {
    return this.#instances.get(id);
  }

  of(conversation: ConversationOf): AgentInstance | undefined {
    return this.all().find((instance) => isOf(instance, conversation));
  }

  /**
   * A place for one more, which is given back when it has started or failed to. The idle one used longest ago makes room. Where all are
   * busy it waits until `signal` is aborted. @throws instances_full without a signal, draining
   */
  async takePlace(signal: AbortSignal | undefined): Promise<() => void> {
    this.#waiting++;
    try {
      await this.#takeWhenFree(signal);
    } finally {
      this.#waiting--;
    }
    return () => {
      this.#starting--;
      this.news.tell();
    };
  }

  /** A place that nobody waits for, and that no other instance would have to leave. */
  get hasSparePlace(): boolean {
    return this.#waiting === 0 && !this.#isClosed && this.#isFree();
  }

  add(instance: AgentInstance): void {
    this.#instances.set(instance.id, instance);
    this.watch(instance);
  }

  /** By itself: whatever its process left running is ended too. */
  watch(instance: AgentInstance): void {
    const { run } = instance;
    void run.process.exited.then(({ code, error }: AgentExit) => {
      if (instance.run === run) this.discard(instance, error?.message ?? `It ended with code ${code}.`);
    });
  }

  /** A session has one writer: the last process of the conversation is gone before the next one starts. */
  async goneFrom(conversation: ConversationOf): Promise<void> {
    const ending = [...this.#ending].filter(([instance]) => isOf(instance, conversation));
    await Promise.all(ending.map(([, ended]) => ended));
  }

  /** Complete when it returns: nothing of it is left. Never rejects. */
  async end(instance: AgentInstance, reason: string): Promise<void> {
    await this.#finish(instance, 'stopped', reason);
  }

  /** Its process is broken or gone, and why. */
  discard(instance: AgentInstance, reason: string): void {
    void this.#finish(instance, 'crashed', reason);
  }

  /** @returns how many */
  async endAll(isMeant: (instance: AgentInstance) => boolean, reason: string): Promise<number> {
    const meant = this.all().filter(isMeant);
    await Promise.all(meant.map((instance) => this.end(instance, reason)));
    return meant.length;
  }

  /** From now on nothing waits for a database that is away. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** Takes no more, and is empty when it returns. */
  async close(): Promise<void> {
    this.hurry();
    this.#isClosed = true;
    await this.endAll(() => true, 'the hub stops');
    await Promise.all(this.#ending.values());
  }

  async #takeWhenFree(signal: AbortSignal | undefined): Promise<void> {
    const { memoryBytes, usage } = this.#parts;
    for (;;) {
      if (memoryBytes !== undefined) await usage.measure();
      if (signal?.aborted || this.#isClosed) throw new HubError('draining', 'No process is started any more.');
      if (this.#isFree()) break;
      const idle = leastRecentlyUsed(this.all());
      if (idle !== undefined) await this.end(idle, 'it made room for another');
      else if (signal !== undefined || this.#ending.size > 0) await this.news.next(signal);
      else throw new HubError('instances_full', `All ${this.max} agent processes are busy or paused.`);
    }
    // At once: between this and the look nobody else can take the place.
    this.#starting++;
  }

  #isFree(): boolean {
    return this.#count < this.max && this.#hasMemoryForOne();
  }

  get #count(): number {
    return this.#instances.size + this.#starting + this.#ending.size;
  }

  /** The first process may always start, however little memory there is for it. */
  #hasMemoryForOne(): boolean {
    const { memoryBytes, usage } = this.#parts;
    if (memoryBytes === undefined || this.#count === 0) return true;
    const held = [...this.#instances.values(), ...this.#ending.keys()].map(
      ({ run }) => usage.of(run.tag)?.memoryBytes ?? NEW_PROCESS_BYTES,
    );
    return held.reduce((sum, bytes) => sum + bytes, (this.#starting + 1) * NEW_PROCESS_BYTES) <= memoryBytes;
  }

  #finish(instance: AgentInstance, state: 'stopped' | 'crashed', reason: string): Promise<void> {
    const known = this.#ending.get(instance);
    if (known !== undefined) return known;
    if (instance.isRestarting || !this.#instances.delete(instance.id)) return Promise.resolve();
    instance.state = 'stopping';
    const ended = this.#stopAndRecord(instance, { state, reason, acting: keepActing() })
      .catch((error: unknown) => this.#parts.logger.error({ err: error }, 'the end of an agent could not be recorded'))
      .finally(() => {
        this.#ending.delete(instance);
        this.news.tell();
      });
    this.#ending.set(instance, ended);
    return ended;
  }

  async #stopAndRecord(
    instance: AgentInstance,
    { state, reason, acting }: { state: 'stopped' | 'crashed'; reason: string; acting: Acting },
  ): Promise<void> {
    const { database, recorder } = this.#parts;
    await instance.run.process.stop();
    if (state === 'crashed') await this.#logCrash(instance, reason);
    const write = async (tx: Transaction): Promise<void> => {
      await recorder.save(tx, instance);
      await recorder.end(tx, { ...instance, state, reason });
    };
    const record = () => database.write(write);
    await acting(() => patiently(RECORD_MS, record, () => this.#isHurried));
    instance.state = state;
  }

  async #logCrash({ id, module, run }: AgentInstance, reason: string): Promise<void> {
    const logged = run.process.exited.then(({ stderrTail }) =>
      this.#parts.logger.warn({ instance: id, module, reason, stderr: stderrTail }, 'an agent process ended by itself'),
    );
    await settlesWithin(logged, EXIT_MS);
  }
}
