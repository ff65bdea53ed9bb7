/** The few calls that the demo makes, as any program could: JSON over HTTP. */
export class HubClient {
  readonly #url: string;
  readonly #key: string;
  readonly #signal: AbortSignal;

  constructor({ url, key }: { readonly url: string; readonly key: string }, signal: AbortSignal) {
    this.#url = url;
    this.#key = key;
    this.#signal = signal;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = {
      authorization: `Bearer ${this.#key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers,
      signal: this.#signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T & { detail?: string };
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${answer.detail}`);
    return answer;
  }

  /** The data of server-sent events, as they come, for as long as the caller reads them. */
  async *events<T>(path: string): AsyncGenerator<T> {
    const headers = { authorization: `Bearer ${this.#key}`, accept: 'text/event-stream' };
    const response = await fetch(`${this.#url}${path}`, { headers, signal: this.#signal });
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = block.split('\n').find((line) => line.startsWith('data: '));
        if (data !== undefined) yield JSON.parse(data.slice(6)) as T;
      }
    }
  }
}
