import type { FastifyInstance } from 'fastify';

const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 2000;

/** Closes the server: answers under way are finished, connections that are done are not kept alive, and the patience has an end. */
export const closeServer = async (app: FastifyInstance): Promise<void> => {
  const closing = app.close();
  const idle = setInterval(() => app.server.closeIdleConnections(), LOOK_EVERY_MS);
  const all = setTimeout(() => endAll(app), PATIENCE_MS);
  try {
    await closing;
  } finally {
    clearInterval(idle);
    clearTimeout(all);
  }
};

/** A socket whose peer does not answer the close would hold the server for ever: HTTP does not count it among its connections. */
const endAll = (app: FastifyInstance): void => {
  app.server.closeAllConnections();
  for (const socket of app.websocketServer.clients) socket.terminate();
};
