import type { FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted when those who wait are to be answered with what there is. */
    end: AbortSignal | undefined;
  }
}

/** Aborted when the client goes away before it has its answer, or loses its key, and when the hub stops. */
export const requestSignal = (reply: FastifyReply): AbortSignal => {
  const controller = new AbortController();
  const endings = [reply.request.principal?.revoked, reply.server.end];
  const abort = (): void => controller.abort();
  for (const ending of endings) {
    if (ending?.aborted === true) abort();
    else ending?.addEventListener('abort', abort);
  }
  reply.raw.once('close', () => {
    for (const ending of endings) ending?.removeEventListener('abort', abort);
    if (!reply.raw.writableFinished) abort();
  });
  return controller.signal;
};
