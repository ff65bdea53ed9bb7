import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from './auth.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** Streams of server-sent events that are open. */
    openEventStreams: Set<object>;
  }
}

const HEARTBEAT_MS = 15_000;

/** Of addresses that stream. */
export const StreamTicket = Type.Optional(
  Type.String({ description: 'Of POST /v1/stream-tickets, where no header can be set', maxLength: 64 }),
);

/**
 * Streams chunks (each one or more whole events, with their blank line) until they end or the client goes. The reader sets the pace:
 * the next chunk is asked for when there is room for it. The stream ends early when `end` is aborted, and when its key is revoked.
 */
export const streamEvents = async (
  reply: FastifyReply,
  chunks: (signal: AbortSignal) => AsyncIterable<string>,
  end: AbortSignal,
): Promise<void> => {
  const endings = [end, principalOf(reply.request).revoked];
  reply.hijack();
  const out = reply.raw;
  const { openEventStreams } = reply.server;
  openEventStreams.add(out);
  const closed = new AbortController();
  const abort = (): void => closed.abort();
  out.once('close', abort);
  for (const ending of endings) {
    if (ending.aborted) abort();
    else ending.addEventListener('abort', abort);
  }
  out.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  out.write(': hello\n\n');
  const heartbeat = setInterval(beat(out), HEARTBEAT_MS);
  try {
    for await (const chunk of chunks(closed.signal)) {
      if (closed.signal.aborted) break;
      if (!out.write(chunk)) await once(out, 'drain', { signal: closed.signal });
    }
  } catch (error) {
    if (!closed.signal.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
    openEventStreams.delete(out);
    for (const ending of endings) ending.removeEventListener('abort', abort);
    out.end();
  }
};

/** A reader that has taken nothing since the beat before is gone, or might as well be. */
const beat = (out: ServerResponse): (() => void) => {
  let wasFull = false;
  return () => {
    if (wasFull && out.writableNeedDrain) out.destroy();
    wasFull = out.writableNeedDrain;
    if (!wasFull) out.write(': still here\n\n');
  };
};

/** The number that a reader who comes back has seen last; it goes before the one in the address. */
export const lastEventId = ({ headers }: FastifyRequest): number | undefined => {
  const id = headers['last-event-id'];
  return typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
};

export const acceptsEventStream = (accept: string | undefined): boolean =>
  accept?.includes('text/event-stream') === true;
