import type { ChannelDirectory } from '../channels/channel-directory.js';
import type { Database } from '../db/database.js';
import type { EventFeed } from '../events/event-feed.js';
import { keepTelling } from '../events/event-follower.js';
import type { StoredEvent } from '../events/event-types.js';
import { HubError, isHubError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import { type ConsumeOptions, Consumer, type DeliverySink } from './consumer.js';
import type { DeliveryService, HolderOutcome, HolderVerb } from './delivery-service.js';
import { deliveryStore } from './delivery-store.js';
import { PushedDeliveries, type PushedDelivery } from './pushed-deliveries.js';

export interface ConsumeServiceParts {
  readonly database: Database;
  readonly deliveries: DeliveryService;
  readonly modules: ModuleDirectory;
  readonly channels: ChannelDirectory;
  readonly feed: EventFeed;
  readonly logger: Logger;
  /** Aborted when this hub begins to stop: nothing more is pushed. */
  readonly draining: AbortSignal;
}

export type VerbOnDelivery = HolderVerb & { readonly id: number };

/** After these a delivery may not be its holder's any more, whoever did it. */
const endings = ['completed', 'retried', 'released', 'died', 'expired', 'cancelled'].map((what) => `delivery.${what}`);
const heard = [...endings, 'channel.subscribed', 'channel.unsubscribed', 'module.removed'];

/** Everything that sockets consume: who was handed what, and when that is over. */
export class ConsumeService {
  readonly #parts: ConsumeServiceParts;
  readonly #pushed = new PushedDeliveries<Consumer>();
  /** Those that push, and those that have ended but whose deliveries are out. */
  readonly #consumers = new Map<DeliverySink, Map<Consumer, Promise<void>>>();
  readonly #releasing = new Set<Promise<unknown>>();
  readonly #over = new AbortController();
  #following: Promise<void> | undefined;

  constructor(parts: ConsumeServiceParts) {
    this.#parts = parts;
    parts.draining.addEventListener('abort', () => this.#drain());
  }

  /**
   * Pushes until it is ended or the socket closes. Rejects when the module is gone, or is subscribed to a named channel no more.
   * @throws module_not_found, invalid_request where it cannot begin
   */
  begin(sink: DeliverySink, options: ConsumeOptions): Promise<void> {
    this.#checkSources(options);
    this.#following ??= this.#follow();
    const { deliveries, modules } = this.#parts;
    const consumer = new Consumer(sink, options, {
      deliveries,
      modules,
      pushed: this.#pushed,
      giveBack: (claimed) => this.#release(claimed.map(({ deliveryId: id, lease }) => ({ id, lease }))),
    });
    const running = consumer.run().finally(() => {
      consumer.end();
      this.#forgetIfOver(consumer);
    });
    this.#of(sink).set(consumer, running);
    return running;
  }

  /** Ends a consume. What is out stays with the client until it settles it or the lease is over. @returns undefined where there is none */
  async end(sink: DeliverySink, id: string): Promise<{ open: number } | undefined> {
    const found = [...(this.#consumers.get(sink) ?? [])].find(
      ([{ isEnded, options }]) => !isEnded && options.id === id,
    );
    if (found === undefined) return undefined;
    const [consumer, running] = found;
    consumer.end();
    await running.catch(() => undefined);
    return { open: this.#pushed.count(consumer) };
  }

  /** What holders say, wherever they got the delivery. Each has its own outcome. */
  async apply(verbs: readonly VerbOnDelivery[]): Promise<readonly (HolderOutcome | HubError)[]> {
    const outcomes = await this.#parts.deliveries.applyAll(verbs);
    for (const [index, { id, lease, verb }] of verbs.entries())
      if (verb !== 'extend' || isHubError(outcomes[index])) this.#settled(id, lease);
    return outcomes;
  }

  /** Everything ends and is given back. Complete when it returns. */
  async stop(): Promise<void> {
    this.#over.abort();
    const running = [...this.#consumers.values()].flatMap((consumers) => [...consumers.values()]);
    for (const sink of this.#consumers.keys()) this.#abandon(sink);
    await Promise.allSettled([this.#following, ...running]);
    await Promise.all(this.#releasing);
  }

  #checkSources({ module, channels = [] }: ConsumeOptions): void {
    this.#parts.modules.get(module);
    const subscribed = this.#parts.channels.channelsOf(module);
    const foreign = channels.findIndex((channel) => !subscribed.includes(channel));
    if (foreign < 0) return;
    throw new HubError('invalid_request', `${module} is not subscribed to the channel ${channels[foreign]}.`, {
      errors: [{ pointer: `/channels/${foreign}`, message: `${module} is not subscribed to it` }],
    });
  }

  #of(sink: DeliverySink): Map<Consumer, Promise<void>> {
    const known = this.#consumers.get(sink);
    if (known !== undefined) return known;
    const consumers = new Map<Consumer, Promise<void>>();
    this.#consumers.set(sink, consumers);
    sink.signal.addEventListener('abort', () => this.#abandon(sink));
    return consumers;
  }

  /** Nobody reads there any more: whether or not what is out was read, it goes to others now, and no attempt is counted. */
  #abandon(sink: DeliverySink): void {
    const consumers = [...(this.#consumers.get(sink)?.keys() ?? [])];
    this.#consumers.delete(sink);
    for (const consumer of consumers) consumer.end();
    const releasing = this.#release(consumers.flatMap((consumer) => this.#pushed.of(consumer)))
      .catch((error: unknown) =>
        this.#parts.logger.error({ err: error }, 'what a closed socket held waits for the end of its leases'),
      )
      .finally(() => this.#releasing.delete(releasing));
    this.#releasing.add(releasing);
  }

  async #release(held: readonly PushedDelivery[]): Promise<void> {
    const own = held.filter(({ id, lease }) => this.#settled(id, lease));
    if (own.length > 0) await this.#parts.deliveries.applyAll(own.map((each) => ({ ...each, verb: 'release' })));
  }

  /** The lease is over. @returns whether a consumer held it */
  #settled(id: number, lease: string): boolean {
    const consumer = this.#pushed.remove(id, lease);
    if (consumer === undefined) return false;
    consumer.freed();
    this.#forgetIfOver(consumer);
    return true;
  }

  #forgetIfOver(consumer: Consumer): void {
    if (consumer.isEnded && this.#pushed.count(consumer) === 0) this.#consumers.get(consumer.sink)?.delete(consumer);
  }

  #drain(): void {
    for (const consumers of this.#consumers.values()) for (const consumer of consumers.keys()) consumer.end();
  }

  #follow(): Promise<void> {
    return keepTelling(this.#parts.feed, {
      name: 'a consume',
      filter: { types: heard },
      logger: this.#parts.logger,
      signal: this.#over.signal,
      hear: (event) => this.#hear(event),
      missed: () => this.#check(this.#pushed.ids()),
    });
  }

  async #hear(event: StoredEvent): Promise<void> {
    if (event.delivery_id !== null) return await this.#check([event.delivery_id]);
    for (const consumers of this.#consumers.values())
      for (const consumer of consumers.keys()) if (consumer.options.module === event.module) consumer.lookAgain();
  }

  /** An event says that something was done with a delivery; whether that was before or after it was pushed, its row says. */
  async #check(ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      const lease = this.#pushed.leaseOf(id);
      if (lease === undefined) continue;
      const row = await deliveryStore.find(this.#parts.database.read, id);
      if (row?.state !== 'leased' || row.lease !== lease) this.#settled(id, lease);
    }
  }
}
