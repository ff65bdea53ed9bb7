import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import { principalOf } from './auth.js';

const HEARTBEAT_MS = 15_000;

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
  const heartbeat = setInterval(() => out.write(': still here\n\n'), HEARTBEAT_MS);
  try {
    for await (const chunk of chunks(closed.signal)) {
      if (closed.signal.aborted) break;
      if (!out.write(chunk)) await once(out, 'drain', { signal: closed.signal });
    }
  } catch (error) {
    if (!closed.signal.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
    for (const ending of endings) ending.removeEventListener('abort', abort);
    out.end();
  }
};

export const acceptsEventStream = (accept: string | undefined): boolean =>
  accept?.includes('text/event-stream') === true;
