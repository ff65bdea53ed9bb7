import { HubError } from '../lib/errors.js';
import { type Authenticators, identify, ticketOf } from './auth.js';
import type { RoutePlugin } from './server.js';
import { closeCodes, type SocketOperations, SocketSession } from './socket-session.js';

export interface StreamOptions {
  readonly authenticators: Authenticators;
  readonly operations: SocketOperations;
  readonly welcome: () => { readonly epoch: string; readonly seq: number };
  /** All that are open: told when the hub stops. */
  readonly sessions: Set<SocketSession>;
  /** Resolves when nothing that a socket began is under way. Awaited before the server closes. */
  readonly ended: () => Promise<void>;
}

/** `GET /v1/stream`: the WebSocket. A key that is missing or wrong closes it with 4401, which a browser can tell its page. */
export const streamRoutes =
  ({ authenticators, operations, welcome, sessions, ended }: StreamOptions): RoutePlugin =>
  (app) => {
    app.addHook('preClose', ended);
    app.route({
      method: 'GET',
      url: '/v1/stream',
      config: { access: 'open' },
      schema: { hide: true },
      // Before the upgrade, so that no frame comes before the client is known.
      preHandler: async (request) => {
        request.principal = await identify(request, authenticators, true);
      },
      handler: async () => {
        throw new HubError('invalid_request', 'This address is a WebSocket, with the subprotocol granger.v1.');
      },
      wsHandler: (socket, request) => {
        // The plugin's own listener takes what a client does wrong for an error of the hub.
        socket.removeAllListeners('error').on('error', () => undefined);
        const { principal } = request;
        if (principal === undefined) {
          socket.close(
            closeCodes.unauthenticated,
            ticketOf(request) === undefined ? 'a key is needed' : 'the ticket is not valid',
          );
          return;
        }
        const session = new SocketSession(socket, { principal, wire: request.raw.socket, logger: request.log });
        sessions.add(session);
        socket.on('close', () => sessions.delete(session));
        const revoke = (): void => session.close(closeCodes.unauthenticated, 'the key was revoked');
        principal.revoked.addEventListener('abort', revoke, { signal: session.signal });
        session.listen(operations);
        session.send(JSON.stringify({ op: 'welcome', ...welcome() }));
      },
    });
  };
