import { ClaimLoop } from './claim-loop.js';
import { findHub } from './find-hub.js';
import type { Lease, Settlement, WorkHandler } from './held-work.js';
import { HttpHolder } from './http-holder.js';
import { type CallOptions, type HubAddress, HubConnection, type QueryValue } from './hub-connection.js';
import { HubProblem, NoReplyYet } from './hub-errors.js';
import { type FollowOptions, followEvents } from './hub-events.js';
import type {
  ClaimedDelivery,
  ClaimRequest,
  DeliveryOutcome,
  Descriptor,
  Heartbeat,
  HubEvent,
  HubModule,
  HubStats,
  Message,
  MessageWithDeliveries,
  ModuleQuery,
  NewMessage,
  NewReply,
  OneOf,
  Page,
  SentMessage,
} from './hub-types.js';
import { type ConsumeOptions, SocketConsumer } from './socket-consumer.js';
import { Worker, type WorkerOptions } from './worker.js';

const LONGEST_WAIT_SECONDS = 60;

export interface SendOptions {
  /** The same key and message within 24 hours is sent once. With one, a send whose answer was lost is sent again. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RequestOptions extends SendOptions {
  /** 30 unless said. */
  readonly waitSeconds?: number | undefined;
}

const segment = encodeURIComponent;

/** A hub, for programs. Refusals are `HubProblem`s; requests are sent again only where that is safe, as Retry-After says. */
export class GrangerClient {
  readonly #connection: HubConnection;
  readonly #holder: HttpHolder;

  /** Unless told where, it looks as `findHub` does. @throws HubNotFound */
  constructor(address: HubAddress = findHub()) {
    this.#connection = new HubConnection(address);
    this.#holder = new HttpHolder(this.#connection);
  }

  get url(): string {
    return this.#connection.url;
  }

  /** Any address of the API. @throws HubProblem, HubUnreachable */
  call<T>(method: string, path: string, options?: CallOptions): Promise<T> {
    return this.#connection.json<T>(method, path, options);
  }

  /** The same where the answer is no JSON. */
  async text(method: string, path: string, options?: CallOptions): Promise<string> {
    return (await this.#connection.call(method, path, options)).text;
  }

  /** All items of a list, page by page. */
  async *list<T>(path: string, query: Readonly<Record<string, QueryValue>> = {}): AsyncGenerator<T, void> {
    let cursor: string | undefined;
    do {
      const page: Page<T> = await this.call('GET', path, { query: { ...query, cursor } });
      yield* page.items;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  stats(): Promise<HubStats> {
    return this.call('GET', '/v1/stats');
  }

  /** Events without a gap, for as long as somebody iterates. */
  events(options: FollowOptions = {}): AsyncGenerator<HubEvent, void> {
    return followEvents(this.#connection, options);
  }

  // Modules

  registerModule(name: string, descriptor: Descriptor): Promise<HubModule> {
    return this.call('PUT', `/v1/modules/${segment(name)}`, { body: descriptor });
  }

  listModules(query: ModuleQuery = {}): AsyncGenerator<HubModule, void> {
    return this.list('/v1/modules', query);
  }

  getModule(name: string): Promise<HubModule> {
    return this.call('GET', `/v1/modules/${segment(name)}`);
  }

  async removeModule(name: string, { force }: { readonly force?: boolean } = {}): Promise<void> {
    await this.call('DELETE', `/v1/modules/${segment(name)}`, { query: { force } });
  }

  heartbeat(name: string, heartbeat: Heartbeat = {}): Promise<HubModule> {
    return this.call('POST', `/v1/modules/${segment(name)}/heartbeat`, { body: heartbeat, isIdempotent: true });
  }

  async subscribe(channel: string, module: string): Promise<void> {
    await this.call('PUT', `/v1/channels/${segment(channel)}/subscriptions/${segment(module)}`, { body: {} });
  }

  async unsubscribe(channel: string, module: string): Promise<void> {
    await this.call('DELETE', `/v1/channels/${segment(channel)}/subscriptions/${segment(module)}`);
  }

  // Messages

  /** Durable when it returns. */
  send(message: NewMessage, options: SendOptions = {}): Promise<SentMessage> {
    return this.call('POST', '/v1/messages', sendCall(message, options));
  }

  /** Up to 1000 messages, each accepted or refused alone. @throws HubProblem where none was accepted */
  async sendBatch(messages: readonly NewMessage[], options: SendOptions = {}): Promise<readonly OneOf<SentMessage>[]> {
    if (messages.length === 0) return [];
    const { items } = await this.call<{ items: OneOf<SentMessage>[] }>(
      'POST',
      '/v1/messages',
      sendCall(messages, options),
    );
    return items;
  }

  /** Sends, and waits for the reply. @throws NoReplyYet when it was not there in time */
  async request(message: NewMessage, { waitSeconds = 30, ...options }: RequestOptions = {}): Promise<Message> {
    const giveUpAt = performance.now() + waitSeconds * 1000;
    const wait = Math.min(waitSeconds, LONGEST_WAIT_SECONDS);
    const sent = await this.call<SentMessage>('POST', '/v1/messages', {
      ...sendCall(message, options),
      query: { wait },
    });
    if (sent.reply !== undefined) return sent.reply;
    const restSeconds = (giveUpAt - performance.now()) / 1000;
    const reply =
      restSeconds < 1 ? undefined : await this.awaitReply(sent.id, { ...options, waitSeconds: restSeconds });
    if (reply !== undefined) return reply;
    throw new NoReplyYet(sent.id, waitSeconds);
  }

  /** The reply to a message; undefined when it is not there in time. */
  async awaitReply(messageId: string, { waitSeconds = 30, signal }: RequestOptions = {}): Promise<Message | undefined> {
    const giveUpAt = performance.now() + waitSeconds * 1000;
    for (;;) {
      const rest = Math.max(0, Math.ceil((giveUpAt - performance.now()) / 1000));
      const query = { wait: Math.min(rest, LONGEST_WAIT_SECONDS) };
      const path = `/v1/messages/${segment(messageId)}/reply`;
      const reply = await this.call<Message | undefined>('GET', path, { query, signal });
      if (reply !== undefined || performance.now() >= giveUpAt) return reply;
    }
  }

  getMessage(id: string): Promise<MessageWithDeliveries> {
    return this.call('GET', `/v1/messages/${segment(id)}`);
  }

  replyTo(messageId: string, reply: NewReply): Promise<SentMessage> {
    return this.call('POST', `/v1/messages/${segment(messageId)}/reply`, { body: reply });
  }

  /** @returns how many deliveries it cancelled */
  async cancel(messageId: string): Promise<number> {
    const path = `/v1/messages/${segment(messageId)}/cancel`;
    const { cancelled } = await this.call<{ cancelled: number }>('POST', path, { body: {}, isIdempotent: true });
    return cancelled;
  }

  // Deliveries

  /** An empty list where nothing came within `waitSeconds`. */
  async claim(module: string, request: ClaimRequest = {}, signal?: AbortSignal): Promise<readonly ClaimedDelivery[]> {
    const path = `/v1/modules/${segment(module)}/claim`;
    return (await this.call<{ items: ClaimedDelivery[] }>('POST', path, { body: request, signal })).items;
  }

  /** Completes or fails what was claimed. @throws HubProblem `lease_lost`, `delivery_final` */
  settle(lease: Lease, settlement: Settlement): Promise<DeliveryOutcome> {
    return this.#holder.settle(lease, settlement);
  }

  async extend(lease: Lease, leaseSeconds: number): Promise<DeliveryOutcome> {
    const [outcome] = await this.#holder.extend([lease], leaseSeconds);
    if (outcome === undefined || 'problem' in outcome) throw new HubProblem(outcome!.problem);
    return outcome;
  }

  /** Gives back untried what was claimed. */
  release(...leases: readonly Lease[]): Promise<void> {
    return this.#holder.release(leases);
  }

  /** Works through what comes for a module, claimed over HTTP. */
  claimLoop(module: string, handler: WorkHandler, options: WorkerOptions = {}): Worker {
    return new Worker(new ClaimLoop(this.#connection, module, handler, options));
  }

  /** Works through what comes for a module, pushed over a WebSocket. */
  consume(module: string, handler: WorkHandler, options: ConsumeOptions = {}): Worker {
    return new Worker(new SocketConsumer(this.#connection, module, handler, options));
  }

  /** Ends the connections; requests that are under way fail. Stop workers first. */
  close(): Promise<void> {
    return this.#connection.close();
  }
}

const sendCall = (body: unknown, { idempotencyKey, signal }: SendOptions): CallOptions => ({
  body,
  signal,
  ...(idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey }, isIdempotent: true }),
});
