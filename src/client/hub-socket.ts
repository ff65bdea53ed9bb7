import { WebSocket } from 'undici';
import { HubProblem, HubUnreachable } from './hub-errors.js';
import type { Problem } from './hub-types.js';

/** A hub that answers no ping for so long is gone. */
const PING_EVERY_MS = 20_000;
const OPEN_WITHIN_MS = 10_000;

/** Closed with these, the same key gets no further another time. */
const refusals: Readonly<Record<number, readonly [status: number, code: string]>> = {
  4401: [401, 'unauthenticated'],
  4403: [403, 'forbidden'],
};

export interface ServerFrame {
  readonly op: string;
  readonly id?: string;
  readonly sub?: string;
  readonly result?: unknown;
  readonly problem?: Problem;
  readonly retryAfterSeconds?: number;
}

export interface SocketListener {
  /** What answers no frame of ours. */
  heard(frame: ServerFrame): void;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One connection to `granger.v1`. When it is lost it stays lost: whoever needs one opens another. */
export class HubSocket {
  /** Resolves when it is over, never rejects: with the hub's refusal of the key, else with `HubUnreachable`. */
  readonly closed: Promise<HubProblem | HubUnreachable>;
  readonly #url: string;
  readonly #socket: WebSocket;
  readonly #listener: SocketListener;
  readonly #waiting = new Map<string, Waiting>();
  readonly #welcomed: Promise<void>;
  #resolveClosed: (why: HubProblem | HubUnreachable) => void = () => undefined;
  #lastId = 0;
  #isHeard = true;

  private constructor(url: string, key: string | undefined, listener: SocketListener) {
    this.#url = url;
    this.#listener = listener;
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/stream`, {
      protocols: 'granger.v1',
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    });
    let welcome = (): void => undefined;
    this.#welcomed = new Promise((resolve) => {
      welcome = resolve;
    });
    this.#socket.addEventListener('message', ({ data }) => {
      this.#isHeard = true;
      const frame = JSON.parse(String(data)) as ServerFrame;
      if (frame.op === 'welcome') welcome();
      else this.#take(frame);
    });
    this.#socket.addEventListener('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#socket.addEventListener('close', ({ code, reason }) => this.#over(code, reason));
  }

  /** @throws HubProblem, HubUnreachable */
  static async open(url: string, key: string | undefined, listener: SocketListener): Promise<HubSocket> {
    const socket = new HubSocket(url, key, listener);
    const patience = setTimeout(() => socket.#lose('it says nothing'), OPEN_WITHIN_MS);
    const failure = await Promise.race([socket.#welcomed, socket.closed]);
    clearTimeout(patience);
    if (failure !== undefined) throw failure;
    socket.#watch();
    return socket;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends a frame. @returns the result in its answer @throws HubProblem, HubUnreachable */
  ask<T>(op: string, fields: object = {}, id = `${op}-${++this.#lastId}`): Promise<T> {
    if (!this.isOpen) return Promise.reject(new HubUnreachable(this.#url, 'the socket is closed'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#socket.send(JSON.stringify({ op, id, ...fields }));
    });
  }

  close(): void {
    this.#socket.close(1000);
  }

  #take(frame: ServerFrame): void {
    const { op, id = '', result, problem, retryAfterSeconds } = frame;
    const asked = op === 'ok' || op === 'error' || op === 'pong' ? this.#waiting.get(id) : undefined;
    this.#waiting.delete(id);
    if (asked === undefined) this.#listener.heard(frame);
    else if (problem === undefined) asked.resolve(result);
    else asked.reject(new HubProblem(problem, retryAfterSeconds));
  }

  #watch(): void {
    const timer = setInterval(() => {
      if (this.#isHeard) void this.ask('ping').catch(() => undefined);
      else this.#lose('it says nothing any more');
      this.#isHeard = false;
    }, PING_EVERY_MS);
    void this.closed.then(() => clearInterval(timer));
  }

  /** A peer whose network is gone answers no goodbye either. */
  #lose(why: string): void {
    this.#socket.close();
    this.#over(1006, why);
  }

  #over(code: number, reason: string): void {
    const lost = new HubUnreachable(this.#url, `the socket was closed with ${code} ${reason}`.trim());
    for (const { reject } of this.#waiting.values()) reject(lost);
    this.#waiting.clear();
    this.#resolveClosed(refusalOf(code, reason) ?? lost);
  }
}

const refusalOf = (code: number, reason: string): HubProblem | undefined => {
  const refusal = refusals[code];
  if (refusal === undefined) return undefined;
  const [status, word] = refusal;
  return new HubProblem({ type: `urn:granger:problem:${word}`, title: reason, status, code: word });
};
