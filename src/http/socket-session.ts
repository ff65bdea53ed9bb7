import type { WebSocket } from '@fastify/websocket';
import type { Principal } from '../keys/principal.js';
import { HubError } from '../lib/errors.js';
import { problemOf, toHubError } from './problem.js';

export const closeCodes = {
  draining: 1001,
  policy: 1008,
  tooBig: 1009,
  tooSlow: 1013,
  unauthenticated: 4401,
  forbidden: 4403,
} as const;

/** Above this many bytes waiting to go out, writers wait; above that time, the reader is too slow. */
const PAUSE_BYTES = 256 * 1024;
const TOO_SLOW_MS = 30_000;

export interface Frame {
  readonly op: string;
  readonly id?: string;
  readonly [field: string]: unknown;
}

/** What a client can ask for on a socket. The result goes back as `ok` with the frame's id. */
export type SocketOperation = (session: SocketSession, frame: Frame) => Promise<unknown>;

/** One client on `granger.v1`: frames in to operations, frames out with the pace of the reader. */
export class SocketSession {
  readonly principal: Principal;
  readonly #socket: WebSocket;
  readonly #closed = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(socket: WebSocket, principal: Principal) {
    this.#socket = socket;
    this.principal = principal;
    socket.on('close', () => this.#closed.abort());
    socket.on('error', () => this.#closed.abort());
  }

  /** Aborted when the socket is closed. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  listen(operations: Readonly<Record<string, SocketOperation>>): void {
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.close(closeCodes.policy, 'frames are JSON text');
      else void this.#run(String(data), operations);
    });
  }

  send(frame: string): void {
    if (!this.signal.aborted) this.#socket.send(frame);
  }

  /** Resolves when there is room to send more; closes the socket of a reader that takes nothing for too long. */
  async room(): Promise<void> {
    if (this.#socket.bufferedAmount < PAUSE_BYTES || this.signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    const flushed = new Promise<void>((resolve) => {
      this.signal.addEventListener('abort', () => resolve(), { once: true });
      timer = setTimeout(() => {
        this.close(closeCodes.tooSlow, 'too slow');
        this.#socket.terminate();
      }, TOO_SLOW_MS);
      this.#socket.ping(undefined, undefined, () => resolve());
    });
    await flushed;
    clearTimeout(timer);
  }

  /** Runs until it ends or the socket closes; a failure goes to the client as an error frame with this id. */
  start(id: string, work: Promise<unknown>): void {
    const guarded = work
      .catch((error: unknown) => this.#sendError(id, error))
      .finally(() => this.#running.delete(guarded));
    this.#running.add(guarded);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  async #run(text: string, operations: Readonly<Record<string, SocketOperation>>): Promise<void> {
    let id: string | undefined;
    try {
      const frame = parseFrame(text);
      id = frame.id;
      const operation = Object.hasOwn(operations, frame.op) ? operations[frame.op] : undefined;
      if (operation === undefined)
        throw new HubError('invalid_request', `There is no operation ${JSON.stringify(frame.op)}.`);
      const result = await operation(this, frame);
      this.send(JSON.stringify({ op: frame.op === 'ping' ? 'pong' : 'ok', id, result }));
    } catch (error) {
      this.#sendError(id, error);
    }
  }

  #sendError(id: string | undefined, error: unknown): void {
    this.send(JSON.stringify({ op: 'error', id, problem: problemOf(toHubError(error)) }));
  }
}

const parseFrame = (text: string): Frame => {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new HubError('invalid_json', 'A frame is one JSON object.');
  }
  const { op, id } = (frame ?? {}) as { op?: unknown; id?: unknown };
  if (typeof op !== 'string') throw new HubError('invalid_request', 'A frame names its operation in op.');
  if (id !== undefined && typeof id !== 'string') throw new HubError('invalid_request', 'The id of a frame is a text.');
  return frame as Frame;
};
