import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { EventFeed } from '../events/event-feed.js';
import type { StoredEvent } from '../events/event-types.js';
import { type MessageTracing, type TracedClaim, type TracedSend, traceparentOf } from '../messages/message-tracing.js';

export interface TracingOptions {
  /** Base address of an OTLP/HTTP receiver. */
  readonly endpoint: string;
  readonly version: string;
}

/** Whoever is forgotten by everybody is not waited for: the oldest make room. */
const MOST_OPEN = 10_000;
const EXPORT_MS = 2000;
const DELIVERY_ENDS = ['completed', 'retried', 'released', 'died', 'expired', 'cancelled'];
const TURN_ENDS = ['succeeded', 'failed', 'interrupted'];
const PROCESS_ENDS = ['stopped', 'crashed', 'restarted'];
const FAILURES = ['retried', 'died', 'expired', 'failed'];

/** Spans of send, deliver and turn. Loaded only where traces are asked for. */
export class HubTracing implements MessageTracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #deliveries = new Map<number, Span>();
  readonly #turns = new Map<number, Span>();
  /** Of each agent process the first turn: in its trace go on the programs of all its turns, for an environment does not change. */
  readonly #firstTurns = new Map<number, SpanContext>();

  constructor({ endpoint, version }: TracingOptions) {
    const exporter = new OTLPTraceExporter({
      url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
      timeoutMillis: EXPORT_MS,
    });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'granger-hub', 'service.version': version }),
      spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 1000 })],
    });
    this.#tracer = this.#provider.getTracer('granger-hub', version);
  }

  /** Deliveries and turns end with their events. */
  follow(feed: EventFeed): void {
    let cursor = feed.lastSeq;
    feed.onPublished(() => {
      const events = feed.newest(cursor) ?? [];
      cursor = feed.lastSeq;
      for (const event of events) this.#hear(event);
    });
  }

  send({ type, sender }: { type: string; sender: string }, headers: string | null): TracedSend {
    const attributes = { ...messaging, 'granger.message.type': type, 'granger.sender': sender };
    const span = this.#tracer.startSpan('send', { kind: SpanKind.PRODUCER, attributes }, contextOf(headers));
    const given = headers === null ? {} : (JSON.parse(headers) as object);
    return {
      headers: JSON.stringify({ ...given, traceparent: traceparentFor(span) }),
      end: (messageId) => span.setAttribute('messaging.message.id', `msg_${messageId}`).end(),
    };
  }

  claimed(claims: readonly TracedClaim[]): void {
    for (const { deliveryId, messageId, module, type, headers } of claims) {
      const attributes = {
        ...messaging,
        'messaging.message.id': `msg_${messageId}`,
        'messaging.destination.name': module,
        'granger.delivery.id': `dlv_${deliveryId}`,
        'granger.message.type': type,
      };
      const span = this.#tracer.startSpan('deliver', { kind: SpanKind.CONSUMER, attributes }, contextOf(headers));
      open(this.#deliveries, deliveryId, span);
    }
  }

  /** What there is is sent, unless nobody takes it in time. */
  async stop(): Promise<void> {
    for (const span of [...this.#turns.values(), ...this.#deliveries.values()]) span.end();
    await this.#provider.shutdown().catch(() => undefined);
  }

  #hear(event: StoredEvent): void {
    const [noun, verb = ''] = event.type.split('.');
    if (noun === 'delivery' && event.delivery_id !== null && DELIVERY_ENDS.includes(verb))
      close(this.#deliveries, event.delivery_id, verb);
    else if (noun === 'turn' && event.turn_id !== null) this.#hearTurn(event, event.turn_id, verb);
    else if (noun === 'instance' && event.instance_id !== null && PROCESS_ENDS.includes(verb))
      this.#firstTurns.delete(event.instance_id);
  }

  #hearTurn({ at, module, delivery_id, instance_id, data }: StoredEvent, id: number, verb: string): void {
    if (verb === 'started') {
      const parent = this.#deliveries.get(delivery_id ?? 0);
      if (parent === undefined) return; // another hub has claimed it, and traces it
      const context = trace.setSpan(ROOT_CONTEXT, parent);
      const attributes = { 'granger.turn.id': `turn_${id}`, 'granger.module': module ?? '' };
      open(this.#turns, id, this.#tracer.startSpan('turn', { startTime: at, attributes }, context));
    } else if (TURN_ENDS.includes(verb)) {
      const { costUsd = 0, inputTokens = 0, outputTokens = 0 } = JSON.parse(data) as Readonly<Record<string, number>>;
      this.#turns.get(id)?.setAttributes({
        'granger.cost_usd': costUsd,
        'gen_ai.usage.input_tokens': inputTokens,
        'gen_ai.usage.output_tokens': outputTokens,
      });
      this.#link(this.#turns.get(id), instance_id);
      close(this.#turns, id, verb);
    }
  }

  #link(turn: Span | undefined, instanceId: number | null): void {
    if (turn === undefined || instanceId === null) return;
    const first = this.#firstTurns.get(instanceId);
    if (first === undefined) open(this.#firstTurns, instanceId, turn.spanContext());
    else turn.addLink({ context: first, attributes: { 'granger.link': 'first turn of the process' } });
  }
}

const messaging = { 'messaging.system': 'granger' };

const open = <T>(spans: Map<number, T>, key: number, span: T): void => {
  if (spans.size >= MOST_OPEN) spans.delete(spans.keys().next().value!);
  spans.set(key, span);
};

const close = (spans: Map<number, Span>, key: number, outcome: string): void => {
  const span = spans.get(key);
  if (span === undefined) return;
  spans.delete(key);
  span.setAttribute('granger.outcome', outcome);
  if (FAILURES.includes(outcome)) span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
  span.end();
};

const contextOf = (headers: string | null): Context => {
  const [, traceId, spanId, flags] = traceparentOf(headers)?.split('-') ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags ?? '00', 16) & 1;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
};

const traceparentFor = (span: Span): string => {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
};
