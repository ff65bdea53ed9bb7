import type { Awaitable } from '../lib/awaitable.js';
import { type Asker, type FinishedWork, settle } from './asked-work.js';
import type { StatementEntry, StatementProfile } from './statement-profile.js';

/** Fewer than these let what they have woken be written before all go to the disk together. */
const MANY_WORKS = 4;

interface SyncQueueParts {
  /** Resolves when all that was committed before is durable. @param isQuiet only a few works are waited for */
  sync(isQuiet: boolean): Awaitable<void>;
  readonly profile: StatementProfile;
  /** Whether there is more to write, whose commit will come here. */
  hasMore(): boolean;
  /** Called whenever the disk has done what it was asked. */
  onSynced(): void;
}

/** What is committed, until it is durable. What is committed while the disk is busy shares its next sync. */
export class SyncQueue {
  readonly #parts: SyncQueueParts;
  readonly #syncs: StatementEntry;
  #committed: FinishedWork[] = [];
  #readers: Asker[] = [];
  #running: Promise<void> | undefined;
  #isDiskBusy = false;

  constructor(parts: SyncQueueParts) {
    this.#parts = parts;
    this.#syncs = parts.profile.entry('sync');
  }

  get isDiskBusy(): boolean {
    return this.#isDiskBusy;
  }

  /** Tells who asked for them when they are durable. */
  add(finished: readonly FinishedWork[]): void {
    this.#committed.push(...finished);
    this.#running ??= this.#run();
  }

  /**
   * Resolves when all that is committed by now is durable; undefined where it is.
   * @param isComing a group is being written, and will come here
   */
  durable(isComing: boolean): Promise<void> | undefined {
    if (!isComing && this.#running === undefined) return undefined;
    return new Promise<void>((resolve, reject) => {
      this.#readers.push({ resolve: () => resolve(), reject });
    });
  }

  /** Resolves when the disk is asked for nothing any more. */
  async drain(): Promise<void> {
    await this.#running;
  }

  /** What a few works have woken is written first, and goes to the disk with them. */
  async #run(): Promise<void> {
    if (this.#committed.length < MANY_WORKS) {
      await new Promise(setImmediate);
      if (this.#parts.hasMore()) {
        this.#running = undefined;
        return;
      }
    }
    this.#isDiskBusy = true;
    while (this.#committed.length > 0 || this.#readers.length > 0) {
      await this.#sync();
      this.#parts.onSynced();
    }
    this.#isDiskBusy = false;
    this.#running = undefined;
  }

  async #sync(): Promise<void> {
    const [finished, readers] = [this.#committed, this.#readers];
    this.#committed = [];
    this.#readers = [];
    const began = performance.now();
    try {
      await this.#parts.sync(finished.length < MANY_WORKS);
      settle(finished);
      for (const reader of readers) reader.resolve(undefined);
    } catch (error) {
      for (const { work } of finished) work.reject(error);
      for (const reader of readers) reader.reject(error);
    }
    this.#parts.profile.took(this.#syncs, performance.now() - began, () => []);
  }
}
