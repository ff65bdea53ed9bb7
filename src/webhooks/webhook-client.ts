import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { loopbackLookup, type ResolveAll } from './loopback-lookup.js';

/** What came of one call. */
export type WebhookAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly contentType: string | undefined;
      readonly location: string | undefined;
      readonly retryAfter: string | undefined;
      /** Undefined where it is longer than is read. */
      readonly text: string | undefined;
    }
  | { readonly kind: 'timed_out'; readonly timeoutSeconds: number }
  | { readonly kind: 'unreachable'; readonly message: string }
  /** The caller did not want it any more. */
  | { readonly kind: 'abandoned' };

export interface WebhookCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Until the whole answer is there. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

const MOST_ANSWER_BYTES = 1024 * 1024;

/** Posts to endpoints over connections that are kept. Follows no redirects: whoever answers one could send the hub anywhere. */
export class WebhookClient {
  readonly #agent: Agent;

  constructor(resolve?: ResolveAll) {
    // The time of a call is bounded as a whole.
    this.#agent = new Agent({ connect: { lookup: loopbackLookup(resolve) }, headersTimeout: 0, bodyTimeout: 0 });
  }

  async post({ url, headers, body, timeoutSeconds, signal }: WebhookCall): Promise<WebhookAnswer> {
    const end = new AbortController();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      end.abort();
    }, timeoutSeconds * 1000);
    const abandon = (): void => end.abort();
    signal.addEventListener('abort', abandon, { once: true });
    if (signal.aborted) abandon();
    try {
      return await this.#answer({ url, headers, body, signal: end.signal });
    } catch (error) {
      if (signal.aborted) return { kind: 'abandoned' };
      if (isLate) return { kind: 'timed_out', timeoutSeconds };
      return { kind: 'unreachable', message: connectionProblem(error) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #answer({ url, ...options }: Omit<WebhookCall, 'timeoutSeconds'>): Promise<WebhookAnswer> {
    const response = await request(url, { method: 'POST', dispatcher: this.#agent, ...options });
    const header = (name: string): string | undefined => {
      const value = response.headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    return {
      kind: 'answered',
      status: response.statusCode,
      contentType: header('content-type'),
      location: header('location'),
      retryAfter: header('retry-after'),
      text: await boundedText(response.body),
    };
  }
}

const boundedText = async (body: Readable): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early ends the connection, which the stream reports as an error of its own.
  body.on('error', () => {});
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
};

/** Where several addresses were tried, the error of all of them says nothing itself. */
const connectionProblem = (error: unknown): string => {
  const inner = error instanceof AggregateError ? (error.errors as unknown[])[0] : error;
  return inner instanceof Error && inner.message !== ''
    ? inner.message
    : String((inner as { code?: string }).code ?? inner);
};
