import { Socket } from 'node:net';
import pg from 'pg';

/** In milliseconds. */
export interface SignalLimits {
  /** A connection that has not answered in this time is given up. */
  readonly answerMs: number;
  /** Between two questions that want nothing but an answer: who only listens would not notice that nothing can come any more. */
  readonly checkEveryMs: number;
  /** Between two looks without a notification: the safety net, or all there is. */
  readonly lookEveryMs: number;
}

export interface CommitSignalParts {
  readonly options: pg.ClientConfig;
  /** False for a pooler in transaction mode, which knows no LISTEN: then it only looks, and more often. */
  readonly isNotified: boolean;
  /** Of this process: what it has said itself is no news to it. */
  readonly origin: string;
  readonly limits?: SignalLimits;
  /** There may be commits of others. Rejects where it could not be seen. */
  onNews(): Promise<unknown>;
}

const CHANNEL = 'granger_commits';
/** NOTIFY takes a lock of the whole database, so there is one at most in this time, and never in the transaction that it speaks of. */
const GATHER_MS = 25;
const NOTIFIED: SignalLimits = { answerMs: 5000, checkEveryMs: 5000, lookEveryMs: 1500 };
const ALONE: SignalLimits = { ...NOTIFIED, lookEveryMs: 50 };
const RECONNECT_MS = { first: 100, most: 5000 } as const;

/** Tells the other hubs that something was committed, and hears it of them: one connection, one channel. */
export class CommitSignal {
  readonly #parts: CommitSignalParts;
  readonly #limits: SignalLimits;
  /** Of the client, also while it connects. There is one at a time. */
  #socket: Socket | undefined;
  #client: pg.Client | undefined;
  #isSending = false;
  #isDue = false;
  #isStopped = false;
  #reconnectMs: number = RECONNECT_MS.first;
  #gathering: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #connecting: NodeJS.Timeout | undefined;
  #checking: NodeJS.Timeout | undefined;

  constructor(parts: CommitSignalParts) {
    this.#parts = parts;
    this.#limits = parts.limits ?? (parts.isNotified ? NOTIFIED : ALONE);
  }

  start(): void {
    if (this.#parts.isNotified) void this.#connect();
    this.#lookLater();
  }

  /** Something was committed here. */
  announce(): void {
    this.#isDue = true;
    if (this.#gathering !== undefined || this.#isSending || this.#client === undefined) return;
    void this.#send();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of [this.#gathering, this.#looking, this.#connecting, this.#checking]) clearTimeout(timer);
    this.#client = undefined;
    const socket = this.#socket?.destroy();
    // One that breaks in this moment says so before.
    if (socket?.closed === false) await new Promise((resolve) => socket.once('close', resolve));
  }

  /** The first goes at once, what comes soon after it goes together. */
  async #send(): Promise<void> {
    this.#isDue = false;
    this.#isSending = true;
    await this.#ask('select pg_notify($1, $2)', [CHANNEL, this.#parts.origin]);
    this.#isSending = false;
    if (this.#isStopped) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      if (this.#isDue) this.announce();
    }, GATHER_MS);
  }

  /** A connection on which that fails makes room for another. */
  async #ask(text: string, values: readonly string[] = []): Promise<void> {
    const socket = this.#socket;
    await this.#client?.query(text, [...values]).catch(() => socket?.destroy());
  }

  /** After every connection it looks, for nothing was heard while there was none. */
  async #connect(): Promise<void> {
    const socket = new Socket();
    this.#socket = socket;
    const { answerMs: query_timeout } = this.#limits;
    const client = new pg.Client({ ...this.#parts.options, query_timeout, keepAlive: true, stream: () => socket });
    client.on('error', () => {}); // 'end' follows
    client.on('end', () => this.#lost());
    client.on('notification', ({ payload }) => {
      if (payload !== this.#parts.origin) this.#look();
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch {
      socket.destroy();
      return;
    }
    this.#client = client;
    this.#reconnectMs = RECONNECT_MS.first;
    this.announce();
    this.#look();
    this.#checkLater();
  }

  #lost(): void {
    this.#client = undefined;
    clearTimeout(this.#checking);
    if (this.#isStopped) return;
    this.#connecting = setTimeout(() => void this.#connect(), jittered(this.#reconnectMs));
    this.#reconnectMs = Math.min(this.#reconnectMs * 2, RECONNECT_MS.most);
  }

  #checkLater(): void {
    this.#checking = setTimeout(
      () => void this.#ask('select 1').then(() => this.#client && this.#checkLater()),
      this.#limits.checkEveryMs,
    );
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#looking);
    this.#looking = setTimeout(() => this.#look(), jittered(this.#limits.lookEveryMs));
  }

  /** A look that fails is repeated with the next: the server is away. */
  #look(): void {
    void this.#parts
      .onNews()
      .catch(() => {})
      .then(() => this.#lookLater());
  }
}

/** So that many hubs do not ask in step. */
const jittered = (ms: number): number => ms * (0.75 + Math.random() / 2);
