import type { FastifyReply } from 'fastify';

/** Aborted when the client goes away before it has its answer, or loses its key. */
export const requestSignal = (reply: FastifyReply): AbortSignal => {
  const controller = new AbortController();
  const revoked = reply.request.principal?.revoked;
  const abort = (): void => controller.abort();
  revoked?.addEventListener('abort', abort);
  reply.raw.once('close', () => {
    revoked?.removeEventListener('abort', abort);
    if (!reply.raw.writableFinished) abort();
  });
  return controller.signal;
};
