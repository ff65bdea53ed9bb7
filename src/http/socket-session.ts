import { setMaxListeners } from 'node:events';
import type { Writable } from 'node:stream';
import type { WebSocket } from '@fastify/websocket';
import type { Principal } from '../keys/principal.js';
import { actingAs } from '../lib/acting-key.js';
import { HubError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import { problemOf, toHubError } from './problem.js';
import { errorFrame, type Frame, okFrame, parseFrame } from './socket-frame.js';

export const closeCodes = {
  draining: 1001,
  policy: 1008,
  tooBig: 1009,
  tooSlow: 1013,
  unauthenticated: 4401,
  forbidden: 4403,
} as const;

/** While so many frames of a client are under way, no more are read from it. */
const MOST_FRAMES_AT_ONCE = 256;
const MOST_STARTED = 64;

/** Above this many bytes waiting to go out, writers wait. */
const PAUSE_BYTES = 256 * 1024;
/** And this is all that a reader may cost: what nobody can hold back, such as answers, closes the socket. */
const MOST_BYTES = 4 * 1024 * 1024;

export interface SessionOptions {
  readonly principal: Principal;
  /** The connection below the WebSocket. */
  readonly wire: Writable;
  readonly logger: Logger;
  /** A peer that answers no ping between two beats is gone. */
  readonly heartbeatMs?: number;
  /** A reader that takes nothing for so long is closed. */
  readonly tooSlowMs?: number;
}

export type { Frame } from './socket-frame.js';

/** What a client can ask for on a socket. The result goes back as `ok` with the frame's id. */
export type SocketOperation = (session: SocketSession, frame: Frame) => Promise<unknown>;
export type SocketOperations = Readonly<Record<string, SocketOperation>>;

/** One client on `granger.v1`: frames in to operations, frames out with the pace of the reader. */
export class SocketSession {
  readonly principal: Principal;
  readonly #socket: WebSocket;
  readonly #wire: Writable;
  readonly #logger: Logger;
  readonly #tooSlowMs: number;
  readonly #closed = new AbortController();
  /** Ids under which something goes on. */
  readonly #started = new Set<string>();
  #framesUnderWay = 0;
  #flushing: Promise<void> | undefined;

  constructor(
    socket: WebSocket,
    { principal, wire, logger, heartbeatMs = 30_000, tooSlowMs = 10_000 }: SessionOptions,
  ) {
    this.#socket = socket;
    this.#wire = wire;
    this.#logger = logger;
    this.#tooSlowMs = tooSlowMs;
    this.principal = principal;
    setMaxListeners(0, this.signal);
    socket.on('close', () => this.#closed.abort());
    socket.on('error', () => this.#closed.abort());
    this.#watchPeer(heartbeatMs);
  }

  /** Aborted when the socket is closed, by either side. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  /** Operations are begun in the order of their frames. */
  listen(operations: SocketOperations): void {
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (this.signal.aborted) return;
      if (isBinary) this.close(closeCodes.policy, 'frames are JSON text');
      else void this.#run(String(data), operations);
    });
  }

  send(frame: string): void {
    if (this.signal.aborted) return;
    this.#socket.send(frame);
    if (this.#socket.bufferedAmount > MOST_BYTES) this.close(closeCodes.tooSlow, 'too slow');
  }

  /** Whole frames, as they go over the wire: the hub offers no compression, so the socket itself does nothing more. @returns whether there is room for more */
  write(frames: Buffer): boolean {
    if (this.signal.aborted || this.#socket.readyState !== this.#socket.OPEN) return false;
    this.#wire.write(frames);
    return this.#socket.bufferedAmount < PAUSE_BYTES;
  }

  /** Resolves when there is room to send more; closes the socket of a reader that takes nothing for too long. */
  async room(): Promise<void> {
    if (this.#socket.bufferedAmount < PAUSE_BYTES || this.signal.aborted) return;
    this.#flushing ??= this.#flushed().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  /** @throws conflict unless something more can be started, under this id */
  requireFree(id: string): void {
    if (this.#started.has(id))
      throw new HubError('conflict', `${JSON.stringify(id)} is the id of something that goes on here already.`);
    if (this.#started.size >= MOST_STARTED)
      throw new HubError('conflict', `A socket holds at most ${MOST_STARTED} subscriptions and consumes.`);
  }

  /** Runs until it ends or the socket closes; a failure goes to the client as an error frame with this id. */
  start(id: string, work: Promise<unknown>): void {
    this.#started.add(id);
    void work
      .catch((error: unknown) => this.send(this.#problemFrame(id, error)))
      .finally(() => this.#started.delete(id));
  }

  /** Nothing more goes out or is taken in, whether the peer answers or not. */
  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.#closed.abort();
  }

  async #run(text: string, operations: SocketOperations): Promise<void> {
    if (++this.#framesUnderWay === MOST_FRAMES_AT_ONCE) this.#socket.pause();
    this.send(await this.#answer(text, operations));
    await this.room();
    if (this.#framesUnderWay-- === MOST_FRAMES_AT_ONCE) this.#socket.resume();
  }

  async #answer(text: string, operations: SocketOperations): Promise<string> {
    let id: string | undefined;
    try {
      const frame = parseFrame(text);
      id = frame.id;
      const operation = Object.hasOwn(operations, frame.op) ? operations[frame.op] : undefined;
      if (operation === undefined)
        throw new HubError(
          'invalid_request',
          `There is no operation ${JSON.stringify(frame.op)}, but ${Object.keys(operations).sort().join(', ')}.`,
        );
      return okFrame(frame, await actingAs(this.principal.keyId, () => operation(this, frame)));
    } catch (error) {
      return this.#problemFrame(id, error);
    }
  }

  #problemFrame(id: string | undefined, error: unknown): string {
    const hubError = toHubError(error);
    const problem = problemOf(hubError);
    if (problem.status === 500) this.#logger.error({ err: hubError.cause ?? hubError }, hubError.message);
    return errorFrame(id, problem, hubError.retryAfterSeconds);
  }

  #flushed(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.close(closeCodes.tooSlow, 'too slow'), this.#tooSlowMs);
      const done = (): void => {
        clearTimeout(timer);
        this.signal.removeEventListener('abort', done);
        resolve();
      };
      this.signal.addEventListener('abort', done);
      this.#socket.ping(undefined, undefined, done);
    });
  }

  /** A peer whose network is gone says nothing at all; what it holds must not wait for TCP to find out. */
  #watchPeer(everyMs: number): void {
    let isAlive = true;
    this.#socket.on('pong', () => {
      isAlive = true;
    });
    const beat = (): void => {
      if (!isAlive) this.#socket.terminate();
      isAlive = false;
      this.#socket.ping();
    };
    // What came while the hub itself was busy is read first.
    const timer = setInterval(() => setImmediate(beat), everyMs);
    this.signal.addEventListener('abort', () => clearInterval(timer));
  }
}
