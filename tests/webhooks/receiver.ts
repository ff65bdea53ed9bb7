import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape
  readonly body: any;
  readonly response: ServerResponse;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Resolves when so many have come in all. */
  came(count: number): Promise<void>;
}

/** A real endpoint. What it answers is up to the test; nothing, unless it does. */
export const startReceiver = async (t: TestContext, answer: (received: Received) => void): Promise<Receiver> => {
  const received: Received[] = [];
  const waiting = new Map<number, () => void>();
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString('utf8');
    const one = { path: request.url ?? '', headers: request.headers, text, body: JSON.parse(text), response };
    received.push(one);
    waiting.get(received.length)?.();
    answer(one);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    came: (count) =>
      new Promise((resolve) => {
        waiting.set(count, resolve);
        if (received.length >= count) resolve();
      }),
  };
};

export const answerWith =
  (status: number, body?: object, headers: Readonly<Record<string, string>> = {}) =>
  ({ response }: Received): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };

/** An address at which nobody listens. */
export const deadUrl = async (): Promise<string> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/hook`;
};
