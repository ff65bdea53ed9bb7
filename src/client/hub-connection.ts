import { setTimeout as pause } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { HubProblem, HubUnreachable } from './hub-errors.js';
import type { Problem } from './hub-types.js';
import { backoffMs, mayRetry } from './retry-plan.js';

const DEFAULT_RETRY_SECONDS = 30;
/** Above the longest wait that the hub allows. */
const ANSWER_WITHIN_MS = 90_000;

export interface HubAddress {
  /** As `http://127.0.0.1:7411`. */
  readonly url: string;
  readonly key?: string | undefined;
  /** For how long a request is sent again, where that is safe; 30 unless said, 0 for never. */
  readonly retrySeconds?: number | undefined;
}

export type QueryValue = string | number | boolean | undefined;

export interface CallOptions {
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  /** Goes as JSON; a text goes as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Doing it twice is doing it once. GET, PUT and DELETE are unless said, and what has an Idempotency-Key. */
  readonly isIdempotent?: boolean;
}

export interface HubAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Stream {
  readonly body: AsyncIterable<Uint8Array>;
  end(): Promise<void>;
}

/** The request cannot have arrived when it fails like this. */
const unsentCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** HTTP to one hub: the key, errors as `HubProblem`, and requests sent again where that is safe. */
export class HubConnection {
  readonly url: string;
  readonly key: string | undefined;
  readonly #retryMs: number;
  readonly #agent = new Agent({ headersTimeout: ANSWER_WITHIN_MS });

  constructor({ url, key, retrySeconds = DEFAULT_RETRY_SECONDS }: HubAddress) {
    this.url = url.replace(/\/+$/, '');
    this.key = key;
    this.#retryMs = retrySeconds * 1000;
  }

  /** What the hub answers with, parsed. @throws HubProblem, HubUnreachable */
  async json<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const { text } = await this.call(method, path, options);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** @throws HubProblem, HubUnreachable */
  async call(method: string, path: string, options: CallOptions = {}): Promise<HubAnswer> {
    const isIdempotent = options.isIdempotent ?? (method !== 'POST' && method !== 'PATCH');
    const giveUpAt = performance.now() + this.#retryMs;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(method, path, options);
      } catch (error) {
        const waitMs = waitBeforeRetry(error, attempt, isIdempotent);
        if (waitMs === undefined || performance.now() + waitMs > giveUpAt) throw error;
        await pause(waitMs, undefined, { signal: options.signal });
      }
    }
  }

  /** A body that goes on and on, until it is ended. @throws HubProblem, HubUnreachable */
  async stream(path: string, { silentMs, ...options }: CallOptions & { readonly silentMs: number }): Promise<Stream> {
    // An agent that goes on after a broken-off body opens a connection that nobody asked for.
    const agent = new Agent({ headersTimeout: ANSWER_WITHIN_MS, bodyTimeout: silentMs });
    const end = async (): Promise<void> => await agent.destroy();
    try {
      const headers = { accept: 'text/event-stream', ...options.headers };
      const response = await this.#send(agent, 'GET', path, { ...options, headers });
      if (response.statusCode >= 400) throw problemOf(response, await response.body.text());
      return { body: response.body.on('error', () => undefined), end };
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** Nothing is under way any more when it returns. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #once(method: string, path: string, options: CallOptions): Promise<HubAnswer> {
    const response = await this.#send(this.#agent, method, path, options);
    const text = await response.body.text().catch((error: unknown) => this.#fail(error, options.signal));
    if (response.statusCode >= 400) throw problemOf(response, text);
    return { status: response.statusCode, headers: response.headers, text };
  }

  async #send(
    dispatcher: Agent,
    method: string,
    path: string,
    { query, body, headers, signal }: CallOptions,
  ): Promise<Dispatcher.ResponseData> {
    return await request(`${this.url}${path}${queryText(query)}`, {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: {
        ...(this.key === undefined ? {} : { authorization: `Bearer ${this.key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => this.#fail(error, signal));
  }

  #fail(error: unknown, signal: AbortSignal | undefined): never {
    signal?.throwIfAborted();
    throw new HubUnreachable(this.url, error);
  }
}

const queryText = (query: CallOptions['query'] = {}): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given}`;
};

const problemOf = ({ statusCode, headers }: Dispatcher.ResponseData, text: string): HubProblem => {
  const retryAfter = Number(headers['retry-after']);
  return new HubProblem(readProblem(statusCode, text), Number.isFinite(retryAfter) ? retryAfter : undefined);
};

/** What stands between, such as a proxy, may answer in its own words. */
const readProblem = (status: number, text: string): Problem => {
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    if (typeof problem.code === 'string' && typeof problem.title === 'string') return problem as Problem;
  } catch {
    // Not JSON, so not the hub's.
  }
  return { type: 'about:blank', title: `HTTP status ${status}`, status, code: 'unknown', detail: text.slice(0, 500) };
};

const waitBeforeRetry = (error: unknown, attempt: number, isIdempotent: boolean): number | undefined => {
  if (error instanceof HubUnreachable) {
    const isUnsent = unsentCodes.has((error.cause as { code?: string }).code ?? '');
    return mayRetry({ isUnsent }, isIdempotent) ? backoffMs(attempt) : undefined;
  }
  if (!(error instanceof HubProblem) || !mayRetry(error, isIdempotent)) return undefined;
  return error.retryAfterSeconds === undefined ? backoffMs(attempt) : error.retryAfterSeconds * 1000;
};
