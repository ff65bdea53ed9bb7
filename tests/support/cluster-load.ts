import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, request } from './test-hub.js';

const TRY_AGAIN_MS = 50;
/** A kill leaves leases; what they hold is soon for others. */
const LEASE_SECONDS = 5;

export interface Askable {
  readonly url: string | undefined;
}

/** Modules that send to each other and work for each other, each request at any hub that answers; they remember what was acknowledged. */
export class ClusterLoad {
  readonly sent = new Set<string>();
  readonly completed = new Set<string>();
  /** Numbers of the events that the stream has shown, in its order. */
  readonly seen: number[] = [];
  /** What must not happen, as sentences. */
  readonly wrong: string[] = [];
  longestPauseMs = 0;
  readonly #hubs: readonly Askable[];
  readonly #key: string;
  #isSending = true;
  #isWorking = true;

  constructor(hubs: readonly Askable[], key: string) {
    this.#hubs = hubs;
    this.#key = key;
  }

  async register(names: readonly string[]): Promise<void> {
    for (const name of names) await this.ask('PUT', `/v1/modules/${name}`, {});
  }

  /** @param everyMs between two messages of a module */
  async run(names: readonly string[], everyMs: number): Promise<void> {
    const stream = this.#watch();
    const works = names.map((name) => this.#work(name));
    await Promise.all(names.map((name, index) => this.#send(name, names[(index + 1) % names.length]!, everyMs)));
    await this.#drained();
    this.#isWorking = false;
    await Promise.all(works);
    await stream;
  }

  endSending(): void {
    this.#isSending = false;
  }

  /** At any hub, again until one answers. */
  async ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    for (;;) {
      const url = this.#anyUrl();
      const options = { method, key: this.#key, body, ...(headers === undefined ? {} : { headers }) };
      const answer = url === undefined ? undefined : await request(`${url}${path}`, options).catch(() => undefined);
      if (answer !== undefined && answer.status !== 503) return answer;
      await pause(TRY_AGAIN_MS);
    }
  }

  async #send(from: string, to: string, everyMs: number): Promise<void> {
    for (let n = 0; this.#isSending; n++) {
      const start = performance.now();
      const headers = { 'idempotency-key': `${from}-${n}` };
      const { status, body } = await this.ask('POST', '/v1/messages', { from, to, maxAttempts: 100 }, headers);
      if (status === 201) this.sent.add(body.id);
      else this.wrong.push(`a send was answered with ${status}: ${JSON.stringify(body)}`);
      this.longestPauseMs = Math.max(this.longestPauseMs, performance.now() - start);
      await pause(everyMs * (0.5 + Math.random()));
    }
  }

  async #work(name: string): Promise<void> {
    while (this.#isWorking) {
      const claim = { max: 20, waitSeconds: 1, leaseSeconds: LEASE_SECONDS };
      const { status, body } = await this.ask('POST', `/v1/modules/${name}/claim`, claim);
      if (status !== 200) this.wrong.push(`a claim was answered with ${status}: ${JSON.stringify(body)}`);
      for (const { delivery } of body.items ?? []) {
        if (this.completed.has(delivery.id)) this.wrong.push(`${delivery.id} was delivered although it was completed`);
        await this.#complete(delivery);
      }
    }
  }

  async #complete({ id, lease }: { id: string; lease: string }): Promise<void> {
    const { status } = await this.ask('POST', `/v1/deliveries/${id}/complete`, { lease });
    if (status === 200 && this.completed.has(id)) this.wrong.push(`${id} was completed twice`);
    if (status === 200) this.completed.add(id);
  }

  async #drained(): Promise<void> {
    for (;;) {
      const { messages } = (await this.ask('GET', '/v1/stats')).body;
      if (messages.pending + messages.leased === 0) return;
      await pause(200);
    }
  }

  /** One reader of what was sent, with one cursor, at whatever hub there is. */
  async #watch(): Promise<void> {
    while (this.#isWorking) {
      const after = this.seen.at(-1) ?? 0;
      const { status, body } = await this.ask('GET', `/v1/events?types=message.sent&limit=500&after=${after}`);
      if (status !== 200) this.wrong.push(`a page of events was answered with ${status}`);
      for (const { seq } of body.items ?? []) this.seen.push(seq);
      await pause(20);
    }
  }

  #anyUrl(): string | undefined {
    const urls = this.#hubs.flatMap(({ url }) => (url === undefined ? [] : [url]));
    return urls[Math.floor(Math.random() * urls.length)];
  }
}
