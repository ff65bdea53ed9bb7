import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import type { TestHub } from './test-hub.js';

// biome-ignore lint/suspicious/noExplicitAny: tests look into frames of every shape
export type ServerFrame = Record<string, any>;

export interface StreamOptions {
  /** The admin's unless given. */
  readonly key?: string;
}

/** Refused with this problem. */
export class Refusal extends Error {
  readonly code: string;

  constructor(readonly problem: { readonly code: string; readonly detail?: string; readonly errors?: unknown[] }) {
    super(`${problem.code}: ${problem.detail}`);
    this.code = problem.code;
  }
}

interface Waiting {
  readonly fits: (frame: ServerFrame) => boolean;
  readonly resolve: (frame: ServerFrame) => void;
  readonly reject: (error: Error) => void;
}

/** A bare socket on the stream of a hub. */
export const connectStream = (url: string, key: string): WebSocket =>
  new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, 'granger.v1', {
    headers: { authorization: `Bearer ${key}` },
  });

/** A client on `granger.v1` whose frames a test waits for, in whatever order they come. */
export class StreamClient {
  /** All that came, in order. */
  readonly received: ServerFrame[] = [];
  /** All that went out, in order. */
  readonly sent: object[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly socket: WebSocket;
  readonly #untaken: ServerFrame[] = [];
  #waiting: Waiting[] = [];
  #lastId = 0;

  constructor(url: string, key: string) {
    this.socket = connectStream(url, key);
    this.socket.on('message', (data: Buffer) => this.#take(JSON.parse(String(data)) as ServerFrame));
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        for (const { reject } of this.#waiting) reject(new Error(`The socket was closed with ${code}.`));
        resolve({ code, reason: String(reason) });
      });
    });
    this.socket.on('error', () => undefined);
  }

  send(frame: object): void {
    this.sent.push(frame);
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame that fits and was not taken yet. */
  next(fits: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    const found = this.#untaken.findIndex(fits);
    if (found >= 0) return Promise.resolve(this.#untaken.splice(found, 1)[0]!);
    return new Promise((resolve, reject) => this.#waiting.push({ fits, resolve, reject }));
  }

  /** The result of the `ok`. @throws Refusal */
  async ask(op: string, fields: object = {}): Promise<ServerFrame> {
    const id = `${op}-${++this.#lastId}`;
    const frame = { op, id, ...fields } as { id: string };
    this.send(frame);
    const answer = await this.next(({ op: kind, id: named }) => named === frame.id && kind !== 'event');
    if (answer.op === 'error') throw new Refusal(answer.problem);
    return answer.result;
  }

  /** The next delivery that was pushed. */
  delivery(): Promise<ServerFrame> {
    return this.next(({ op }) => op === 'delivery');
  }

  async deliveries(count: number): Promise<ServerFrame[]> {
    const all: ServerFrame[] = [];
    while (all.length < count) all.push(await this.delivery());
    return all;
  }

  /** Frames that came and nobody waited for. */
  untaken(op: string): ServerFrame[] {
    return this.#untaken.filter((frame) => frame.op === op);
  }

  /** As when its process is killed: no goodbye. */
  async kill(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #take(frame: ServerFrame): void {
    this.received.push(frame);
    const index = this.#waiting.findIndex(({ fits }) => fits(frame));
    if (index < 0) this.#untaken.push(frame);
    else this.#waiting.splice(index, 1)[0]!.resolve(frame);
  }
}

/** Connected and welcomed; gone with the test. */
export const openStream = async (t: TestContext, hub: TestHub, { key = hub.key }: StreamOptions = {}) => {
  const client = new StreamClient(hub.url, key);
  t.after(() => client.kill());
  await once(client.socket, 'open');
  await client.next(({ op }) => op === 'welcome');
  return client;
};

/** Modules with nothing but a name. */
export const register = async (hub: TestHub, ...names: readonly string[]): Promise<void> => {
  for (const name of names) {
    const { status, body } = await hub.call('PUT', `/v1/modules/${name}`, {});
    if (status >= 400) throw new Refusal(body);
  }
};

export const send = async (hub: TestHub, message: object): Promise<string> => {
  const { status, body } = await hub.call('POST', '/v1/messages', { from: 'Producer', to: 'Worker', ...message });
  if (status !== 201) throw new Refusal(body);
  return body.id as string;
};

/** What a holder says of a delivery, beside the verb. */
export const holding = ({ delivery: { id, lease } }: ServerFrame) => ({
  deliveryId: id as string,
  lease: lease as string,
});
