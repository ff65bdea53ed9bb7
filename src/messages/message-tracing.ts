/** A message under way, in a trace. */
export interface TracedSend {
  /** Of the message, with the context in which whoever gets it goes on. */
  readonly headers: string;
  /** It was accepted under this key. One that is not is forgotten. */
  end(messageId: number): void;
}

export interface TracedClaim {
  readonly deliveryId: number;
  readonly messageId: number;
  readonly module: string;
  readonly type: string;
  /** Of the message. */
  readonly headers: string | null;
}

export const tracedClaim = (
  { delivery_id, id, type, headers }: { delivery_id: number; id: number; type: string; headers: string | null },
  module: string,
): TracedClaim => ({ deliveryId: delivery_id, messageId: id, module, type, headers });

/** Traces, as far as messages must know them. There is none where nobody asked for traces. */
export interface MessageTracing {
  send(about: { readonly type: string; readonly sender: string }, headers: string | null): TracedSend;
  claimed(claims: readonly TracedClaim[]): void;
}

/** The W3C trace context in the headers of a message (https://www.w3.org/TR/trace-context/#traceparent-header). */
export const traceparentOf = (headers: string | null): string | undefined => {
  if (headers?.includes('traceparent') !== true) return undefined;
  const { traceparent } = JSON.parse(headers) as { traceparent?: string };
  return traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined;
};

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
