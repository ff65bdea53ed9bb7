import type { FastifyInstance } from 'fastify';

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 2000;

/** Closes the server: answers under way are finished, connections that are done are not kept alive, and the patience has an end. */
export const closeServer = async (app: FastifyInstance): Promise<void> => {
  const closing = app.close();
  const idle = setInterval(() => app.server.closeIdleConnections(), LOOK_EVERY_MS);
  const all = setTimeout(() => app.server.closeAllConnections(), PATIENCE_MS);
  try {
    await closing;
  } finally {
    clearInterval(idle);
    clearTimeout(all);
  }
};
