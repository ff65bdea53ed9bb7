import { keepActing } from '../lib/acting-key.js';
import { Wakeable } from '../lib/wakeable.js';
import type { DeliveryService } from './delivery-service.js';
import { type ClaimedDelivery, claimedJson } from './message-json.js';
import type { PushedDeliveries } from './pushed-deliveries.js';

/** How long one claim waits at most, and how often a consumer shows that its module lives. */
const WAIT_MS = 20_000;

/** The socket that consumes, as far as pushing must know it. */
export interface DeliverySink {
  /** Aborted when it is closed. */
  readonly signal: AbortSignal;
  send(frame: string): void;
  /** Resolves when there is room to send more. */
  room(): Promise<void>;
}

export interface ConsumeOptions {
  readonly id: string;
  readonly module: string;
  /** Most deliveries that are out and not settled. */
  readonly prefetch: number;
  readonly leaseMs: number;
  readonly channels: readonly string[] | undefined;
  readonly types: readonly string[] | undefined;
}

export interface ConsumerParts {
  readonly deliveries: Pick<DeliveryService, 'claim'>;
  readonly modules: { sawSign(module: string): void };
  readonly pushed: PushedDeliveries<Consumer>;
  /** Gives back what is held by the consumer and was not pushed yet. */
  giveBack(claimed: readonly ClaimedDelivery[]): Promise<void>;
}

/** Claims for one `consume` as its credit allows, and pushes what it claims. Credit: the prefetch less what is out and not settled. */
export class Consumer {
  readonly options: ConsumeOptions;
  readonly sink: DeliverySink;
  readonly #parts: ConsumerParts;
  readonly #freed = new Wakeable();
  readonly #ended = new AbortController();
  #claiming = new AbortController();
  readonly #acting = keepActing();

  constructor(sink: DeliverySink, options: ConsumeOptions, parts: ConsumerParts) {
    this.sink = sink;
    this.options = options;
    this.#parts = parts;
  }

  get isEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  get credit(): number {
    return this.options.prefetch - this.#parts.pushed.count(this);
  }

  /** A delivery of its own is settled. */
  freed(): void {
    this.#freed.wake();
  }

  /** Its module may be subscribed to other channels now, or be gone. */
  lookAgain(): void {
    this.#claiming.abort();
  }

  /** Nothing more is pushed; what is out stays out. */
  end(): void {
    this.#ended.abort();
    this.#claiming.abort();
  }

  /** Until it is ended. @throws module_not_found, invalid_request when it is not subscribed to a named channel */
  async run(): Promise<void> {
    const { sink } = this;
    while (await this.#hasCredit()) {
      const claimed = await this.#claim();
      for (const { deliveryId: id, lease } of claimed) this.#parts.pushed.add(this, { id, lease })?.freed();
      for (const [index, each] of claimed.entries()) {
        await sink.room();
        if (this.isEnded) return await this.#parts.giveBack(claimed.slice(index));
        if (this.#parts.pushed.leaseOf(each.deliveryId) === each.lease) sink.send(this.#frame(each));
      }
    }
  }

  /** Waits for credit, and for all that comes with it in one turn of the event loop: it is claimed together. False when ended. */
  async #hasCredit(): Promise<boolean> {
    await this.sink.room();
    while (this.credit <= 0 && !this.isEnded) {
      await this.#freed.wait(WAIT_MS, this.#ended.signal);
      this.#freed.take();
      this.#parts.modules.sawSign(this.options.module);
    }
    await new Promise(setImmediate);
    return !this.isEnded;
  }

  async #claim(): Promise<readonly ClaimedDelivery[]> {
    const { module, leaseMs, channels, types } = this.options;
    this.#claiming = new AbortController();
    const { signal } = this.#claiming;
    const options = { max: this.credit, waitMs: WAIT_MS, leaseMs, channels, types, signal };
    return await this.#acting(() => this.#parts.deliveries.claim(module, options));
  }

  #frame(claimed: ClaimedDelivery): string {
    return `{"op":"delivery","sub":${JSON.stringify(this.options.id)},${claimedJson(claimed).slice(1)}`;
  }
}
