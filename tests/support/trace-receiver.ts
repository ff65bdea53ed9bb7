import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { eventually } from './eventually.js';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}

export interface TraceReceiver {
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  /** Waits for so many of a name. */
  when(name: string, count?: number): Promise<readonly ReceivedSpan[]>;
}

export const attributeOf = (span: ReceivedSpan | undefined, key: string): unknown =>
  Object.values(span?.attributes.find((each) => each.key === key)?.value ?? {})[0];

/** An OTLP/HTTP receiver (https://opentelemetry.io/docs/specs/otlp/#otlphttp) that keeps what it is sent, closed with the test. */
export const startTraceReceiver = async (t: TestContext): Promise<TraceReceiver> => {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { resourceSpans = [] } = request.url === '/v1/traces' ? JSON.parse(text) : {};
    for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
    response.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    when: async (name, count = 1) => {
      const found = () => spans.filter((span) => span.name === name);
      await eventually(() => found().length >= count);
      return found();
    },
  };
};
