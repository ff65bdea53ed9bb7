import { isPassing } from './comeback.js';
import type { Work, WorkHandler } from './held-work.js';
import { isProblem } from './hub-errors.js';

const DEFAULT_DRAIN_SECONDS = 20;

export interface WorkerOptions {
  /** How many the handler is given at once; 1 unless said. */
  readonly concurrency?: number | undefined;
  /** For how long the hub waits for a sign of us; it is extended while the handler works. 60 unless said. */
  readonly leaseSeconds?: number | undefined;
  /** Only from these channels, not from the inbox. */
  readonly channels?: readonly string[] | undefined;
  readonly types?: readonly string[] | undefined;
  /** Told of work that came to nothing because the delivery was lost meanwhile. */
  readonly onLost?: ((work: Work) => void) | undefined;
  /** Told when the hub cannot be reached, and it is tried again. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
  /** Done before each beginning, also after the connection was lost: to register what the hub may have forgotten. */
  readonly prepare?: (() => Promise<unknown>) | undefined;
}

/** A module that `prepare` registers is not gone for good. */
export const isMendable =
  ({ prepare }: WorkerOptions) =>
  (error: unknown): boolean =>
    isPassing(error) || (prepare !== undefined && isProblem(error, 'module_not_found'));

export interface StopOptions {
  /** How long to wait for the handlers; 20 unless said. */
  readonly drainSeconds?: number | undefined;
}

export interface Source {
  /** Takes in work until it is told to stop; then nothing more comes. @throws where it can never go on */
  run(signal: AbortSignal): Promise<void>;
  /** Ends what is held, and then the connection. */
  end(drainMs: number): Promise<void>;
}

export type { Work, WorkHandler };

/** Work that goes on until it is stopped. */
export class Worker {
  /** Resolves when it was stopped, rejects when it can never go on: the key is refused, or there is no such module. */
  readonly closed: Promise<void>;
  readonly #source: Source;
  readonly #stopping = new AbortController();
  #stopped: Promise<void> | undefined;

  constructor(source: Source) {
    this.#source = source;
    this.closed = source.run(this.#stopping.signal);
    this.closed.catch(() => this.stop());
  }

  /** Takes nothing more, lets the handlers end, and gives back untried what is left. Complete when it returns. */
  stop({ drainSeconds = DEFAULT_DRAIN_SECONDS }: StopOptions = {}): Promise<void> {
    this.#stopped ??= this.#stop(drainSeconds * 1000);
    return this.#stopped;
  }

  async #stop(drainMs: number): Promise<void> {
    this.#stopping.abort();
    await this.closed.catch(() => undefined);
    await this.#source.end(drainMs);
  }
}
