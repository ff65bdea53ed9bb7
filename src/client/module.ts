import { randomUUID } from 'node:crypto';
import { findHub } from './find-hub.js';
import { GrangerClient } from './granger-client.js';
import type { Work } from './held-work.js';
import type { HubAddress } from './hub-connection.js';
import { isProblem, WorkFailed } from './hub-errors.js';
import type { Descriptor, Message, NewMessage, Reply, SentMessage } from './hub-types.js';
import type { StopOptions, Worker } from './worker.js';

const HEARTBEAT_MS = 20_000;
const DEFAULT_CONCURRENCY = 8;

export interface ModuleOptions extends HubAddress {
  /** How many messages are worked on at once; 8 unless said. */
  readonly concurrency?: number | undefined;
  readonly leaseSeconds?: number | undefined;
  /** Told when the hub cannot be reached, and it is tried again. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
}

/** What it returns is the payload of the reply; undefined for none. */
export type MessageHandler = (data: unknown, work: Work) => unknown;

export interface SendToOptions extends Omit<NewMessage, 'from' | 'to' | 'payload'> {
  /** Waits for the reply, which is then in the answer. */
  readonly waitSeconds?: number | undefined;
}

/**
 * A module as a class: it registers itself, is handed its messages, says that it lives, holds its leases while it works, and stops in order.
 * What `process` or a handler returns is the reply; what it throws fails the delivery. A reply goes to `onReply` and is never replied to:
 * two modules would answer each other for ever.
 */
export abstract class Module {
  abstract readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly systemPrompt?: string;
  readonly capabilities?: readonly string[];
  readonly dataTypes?: Descriptor['dataTypes'];
  readonly inputSchema?: object;
  readonly outputSchema?: object;
  readonly limits?: Descriptor['limits'];
  readonly metadata?: Readonly<Record<string, unknown>>;

  /** For whatever else it wants of the hub. */
  protected readonly hub: GrangerClient;
  readonly #options: ModuleOptions;
  readonly #handlers = new Map<string, MessageHandler>();
  #worker: Worker | undefined;
  #heartbeats: NodeJS.Timeout | undefined;
  #underWay = 0;

  /** Unless told where the hub is, it looks as `findHub` does. @throws HubNotFound */
  constructor(options: ModuleOptions = findHub()) {
    this.#options = options;
    this.hub = new GrangerClient(options);
  }

  /** The work on messages of types that have no handler. */
  process(_data: unknown, { message }: Work): unknown {
    throw new WorkFailed('no_handler', `${this.name} does nothing with messages of the type ${message.type}.`, {
      retryable: false,
    });
  }

  /** A reply to what was sent without waiting, where its type has no handler. */
  onReply(_reply: unknown, _work: Work): unknown {
    return undefined;
  }

  /** For messages of a type, or of `task.*`. */
  registerHandler(type: string, handler: MessageHandler): this {
    this.#handlers.set(type, handler);
    return this;
  }

  /** Sends `{message, ...data}`, which an agent takes as a request and its data. It is sent once, also where an answer is lost. */
  async sendTo(
    target: string,
    message: string,
    data?: unknown,
    { waitSeconds, ...fields }: SendToOptions = {},
  ): Promise<SentMessage> {
    const payload = isObject(data) ? { ...data, message } : { message, ...(data === undefined ? {} : { data }) };
    return await this.hub.call<SentMessage>('POST', '/v1/messages', {
      query: { wait: waitSeconds },
      body: { ...fields, from: this.name, to: target, payload },
      headers: { 'idempotency-key': randomUUID() },
      isIdempotent: true,
    });
  }

  /** Registered, and given its messages from now on. @throws HubProblem, HubUnreachable */
  async start(): Promise<this> {
    await this.#register();
    const { concurrency = DEFAULT_CONCURRENCY, leaseSeconds, onTrouble } = this.#options;
    this.#worker = this.hub.consume(this.name, (work) => this.#handle(work), {
      concurrency,
      leaseSeconds,
      onTrouble,
      prepare: () => this.#register(),
    });
    this.#heartbeats = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    return this;
  }

  /** Rejects when it can never go on, as when its key is revoked. */
  get closed(): Promise<void> {
    return this.#worker?.closed ?? Promise.resolve();
  }

  /** Takes nothing more, finishes what it works on, and gives back untried what is left. Complete when it returns. */
  async stop(options?: StopOptions): Promise<void> {
    clearInterval(this.#heartbeats);
    await this.#worker?.stop(options);
    await this.hub.close();
  }

  get descriptor(): Descriptor {
    const { version, description, systemPrompt, capabilities, dataTypes, inputSchema, outputSchema } = this;
    const { limits, metadata } = this;
    const all = { version, description, systemPrompt, capabilities, dataTypes, inputSchema, outputSchema };
    return given({ ...all, limits, metadata }) as Descriptor;
  }

  async #register(): Promise<void> {
    await this.hub.registerModule(this.name, this.descriptor);
  }

  async #handle(work: Work): Promise<Reply | undefined> {
    const { message } = work;
    this.#underWay += 1;
    try {
      const payload = await this.#handlerOf(message)(message.payload, work);
      return payload === undefined || message.replyTo !== undefined ? undefined : { payload };
    } finally {
      this.#underWay -= 1;
    }
  }

  #handlerOf({ type, replyTo }: Message): MessageHandler {
    const patterns = [
      type,
      ...[...type.matchAll(/\./g)].map(({ index }) => `${type.slice(0, index)}.*`).reverse(),
      '*',
    ];
    const found = patterns.find((pattern) => this.#handlers.has(pattern));
    if (found !== undefined) return this.#handlers.get(found)!;
    return replyTo === undefined ? (data, work) => this.process(data, work) : (data, work) => this.onReply(data, work);
  }

  async #beat(): Promise<void> {
    try {
      await this.hub.heartbeat(this.name, { metrics: { underWay: this.#underWay } });
    } catch (error) {
      if (isProblem(error, 'module_not_found')) await this.#register().catch(() => undefined);
    }
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const given = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
