import pg from 'pg';

export interface CommitSignalParts {
  readonly options: pg.ClientConfig;
  /** False for a pooler in transaction mode, which knows no LISTEN: then it only looks, and more often. */
  readonly isNotified: boolean;
  /** Of this process: what it has said itself is no news to it. */
  readonly origin: string;
  /** There may be commits of others. Rejects where it could not be seen. */
  onNews(): Promise<unknown>;
}

const CHANNEL = 'granger_commits';
/** NOTIFY takes a lock of the whole database, so there is one at most in this time, and never in the transaction that it speaks of. */
const GATHER_MS = 25;
/** Between two looks without a notification: the safety net, or all there is. */
const LOOK_EVERY_MS = { notified: 1500, alone: 50 } as const;
const RECONNECT_MS = { first: 100, most: 5000 } as const;

/** Tells the other hubs that something was committed, and hears it of them: one connection, one channel. */
export class CommitSignal {
  readonly #parts: CommitSignalParts;
  #client: pg.Client | undefined;
  #isSending = false;
  #isDue = false;
  #isStopped = false;
  #reconnectMs: number = RECONNECT_MS.first;
  #gathering: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #connecting: NodeJS.Timeout | undefined;

  constructor(parts: CommitSignalParts) {
    this.#parts = parts;
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
    for (const timer of [this.#gathering, this.#looking, this.#connecting]) clearTimeout(timer);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  /** The first goes at once, what comes soon after it goes together. */
  async #send(): Promise<void> {
    this.#isDue = false;
    this.#isSending = true;
    await this.#client?.query('select pg_notify($1, $2)', [CHANNEL, this.#parts.origin]).catch(() => {});
    this.#isSending = false;
    if (this.#isStopped) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      if (this.#isDue) this.announce();
    }, GATHER_MS);
  }

  /** After every connection it looks, for nothing was heard while there was none. */
  async #connect(): Promise<void> {
    const client = new pg.Client({ ...this.#parts.options, keepAlive: true });
    client.on('error', () => {}); // 'end' follows
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ payload }) => {
      if (payload !== this.#parts.origin) this.#look();
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      if (this.#isStopped) return await client.end();
      this.#client = client;
      this.#reconnectMs = RECONNECT_MS.first;
      this.announce();
      this.#look();
    } catch {
      await client.end().catch(() => {});
      this.#connectLater();
    }
  }

  #lost(client: pg.Client): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    this.#connectLater();
  }

  #connectLater(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#connecting);
    this.#connecting = setTimeout(() => void this.#connect(), jittered(this.#reconnectMs));
    this.#reconnectMs = Math.min(this.#reconnectMs * 2, RECONNECT_MS.most);
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#looking);
    const everyMs = this.#parts.isNotified ? LOOK_EVERY_MS.notified : LOOK_EVERY_MS.alone;
    this.#looking = setTimeout(() => this.#look(), jittered(everyMs));
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
