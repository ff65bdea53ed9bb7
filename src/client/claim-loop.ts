import { persist } from './comeback.js';
import { HeldWork, type WorkHandler } from './held-work.js';
import { HttpHolder } from './http-holder.js';
import type { HubConnection } from './hub-connection.js';
import type { ClaimedDelivery } from './hub-types.js';
import { isMendable, type Source, type WorkerOptions } from './worker.js';

const WAIT_SECONDS = 30;

/** Claims with long polls as many as the handler has room for. */
export class ClaimLoop implements Source {
  readonly #connection: HubConnection;
  readonly #module: string;
  readonly #options: WorkerOptions;
  readonly #concurrency: number;
  readonly #held: HeldWork;
  #roomMade = (): void => undefined;

  constructor(connection: HubConnection, module: string, handler: WorkHandler, options: WorkerOptions) {
    const { concurrency = 1, leaseSeconds = 60, onLost } = options;
    this.#connection = connection;
    this.#module = module;
    this.#options = options;
    this.#concurrency = concurrency;
    const onRoom = (): void => this.#roomMade();
    this.#held = new HeldWork(new HttpHolder(connection), { handler, concurrency, leaseSeconds, onLost, onRoom });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { prepare, onTrouble } = this.#options;
    let isPrepared = prepare === undefined;
    const round = async (): Promise<void> => {
      if (!isPrepared) await prepare?.();
      isPrepared = true;
      await this.#claim(signal);
    };
    await persist(round, {
      signal,
      isMendable: isMendable(this.#options),
      onTrouble: (error) => {
        isPrepared = prepare === undefined;
        onTrouble?.(error);
      },
    });
  }

  async end(drainMs: number): Promise<void> {
    await this.#held.stop(drainMs);
  }

  async #claim(signal: AbortSignal): Promise<void> {
    const max = this.#concurrency - this.#held.size;
    if (max <= 0) return await this.#room(signal);
    const { channels, types, leaseSeconds } = this.#options;
    const { items } = await this.#connection.json<{ items: ClaimedDelivery[] }>(
      'POST',
      `/v1/modules/${encodeURIComponent(this.#module)}/claim`,
      { body: { max: Math.min(max, 500), waitSeconds: WAIT_SECONDS, channels, types, leaseSeconds }, signal },
    );
    this.#held.take(items);
  }

  #room(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#roomMade = done;
      signal.addEventListener('abort', done);
    });
  }
}
