import { persist } from './comeback.js';
import { HeldWork, type Lease, type LeaseHolder, type Settlement, type WorkHandler } from './held-work.js';
import { HttpHolder } from './http-holder.js';
import type { HubConnection } from './hub-connection.js';
import { HubProblem, HubUnreachable } from './hub-errors.js';
import { HubSocket, type ServerFrame } from './hub-socket.js';
import type { ClaimedDelivery, DeliveryOutcome } from './hub-types.js';
import { isMendable, type Source, type WorkerOptions } from './worker.js';

const CONSUME = 'consume';

export interface ConsumeOptions extends WorkerOptions {
  /** Most deliveries that are with us and not settled; as many as the handler is given at once unless said. */
  readonly prefetch?: number | undefined;
}

/** Has deliveries pushed over a socket, and opens another where that is lost; what the handler was at goes on. */
export class SocketConsumer implements Source {
  readonly #connection: HubConnection;
  readonly #module: string;
  readonly #options: ConsumeOptions;
  readonly #held: HeldWork;
  #socket: HubSocket | undefined;
  #refuse: ((error: Error) => void) | undefined;

  constructor(connection: HubConnection, module: string, handler: WorkHandler, options: ConsumeOptions) {
    const { concurrency = 1, leaseSeconds = 60, onLost } = options;
    this.#connection = connection;
    this.#module = module;
    this.#options = options;
    const holder = new SocketHolder(() => this.#socket, connection);
    this.#held = new HeldWork(holder, { handler, concurrency, leaseSeconds, onLost });
  }

  async run(signal: AbortSignal): Promise<void> {
    await persist(() => this.#serve(signal), {
      signal,
      isMendable: isMendable(this.#options),
      onTrouble: this.#options.onTrouble,
    });
  }

  async end(drainMs: number): Promise<void> {
    await this.#held.stop(drainMs);
    this.#socket?.close();
    await this.#socket?.closed;
  }

  /** Ends without an error only when it is told to stop; the socket then stays, for what is held. */
  async #serve(signal: AbortSignal): Promise<void> {
    await this.#options.prepare?.();
    const socket = await HubSocket.open(this.#connection.url, this.#connection.key, {
      heard: (frame) => this.#hear(frame),
    });
    this.#socket = socket;
    const refused = new Promise<Error>((resolve) => {
      this.#refuse = resolve;
    });
    const stopped = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    try {
      await socket.ask('consume', this.#consumeFields(), CONSUME);
      const end = signal.aborted ? undefined : await Promise.race([refused, socket.closed, stopped]);
      if (end !== undefined) throw end;
      await socket.ask('unsubscribe', {}, CONSUME).catch(() => undefined);
    } catch (error) {
      this.#held.orphan();
      socket.close();
      throw error;
    }
  }

  #consumeFields(): object {
    const { prefetch, concurrency = 1, leaseSeconds, channels, types } = this.#options;
    return { module: this.#module, prefetch: prefetch ?? concurrency, leaseSeconds, channels, types };
  }

  #hear(frame: ServerFrame): void {
    if (frame.op === 'delivery') this.#held.take([frame as unknown as ClaimedDelivery]);
    if (frame.op === 'error' && frame.problem !== undefined && frame.id === CONSUME)
      this.#refuse?.(new HubProblem(frame.problem, frame.retryAfterSeconds));
  }
}

/** Speaks over the socket while there is one, else over HTTP: the lease counts, not the way. */
class SocketHolder implements LeaseHolder {
  readonly #socket: () => HubSocket | undefined;
  readonly #http: HttpHolder;

  constructor(socket: () => HubSocket | undefined, connection: HubConnection) {
    this.#socket = socket;
    this.#http = new HttpHolder(connection);
  }

  async settle({ id, lease }: Lease, settlement: Settlement): Promise<DeliveryOutcome> {
    const { verb, ...said } = settlement;
    const socket = this.#socket();
    if (socket?.isOpen !== true) return await this.#http.settle({ id, lease }, settlement);
    return await socket.ask<DeliveryOutcome>(verb, { deliveryId: id, lease, ...said }).catch((error: unknown) => {
      if (error instanceof HubUnreachable) return this.#http.settle({ id, lease }, settlement);
      throw error;
    });
  }

  extend(leases: readonly Lease[], leaseSeconds: number): ReturnType<LeaseHolder['extend']> {
    return this.#http.extend(leases, leaseSeconds);
  }

  release(leases: readonly Lease[]): Promise<void> {
    return this.#http.release(leases);
  }
}
