import type { KeyService } from '../keys/key-service.js';
import type { RoutePlugin } from './server.js';
import { closeCodes, type SocketOperation, SocketSession } from './socket-session.js';

export interface StreamOptions {
  readonly keys: KeyService;
  readonly operations: Readonly<Record<string, SocketOperation>>;
  readonly welcome: () => { readonly epoch: string; readonly seq: number };
  /** All that are open: told when the hub stops. */
  readonly sessions: Set<SocketSession>;
}

/** `GET /v1/stream`: the WebSocket. A key that is missing or wrong closes it with 4401, which a browser can tell its page. */
export const streamRoutes =
  ({ keys, operations, welcome, sessions }: StreamOptions): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/stream',
      { websocket: true, config: { access: 'open' }, schema: { hide: true } },
      (socket, request) => {
        const principal = keys.authenticate(request.headers.authorization);
        if (principal === undefined) {
          socket.close(closeCodes.unauthenticated, 'a key is needed');
          return;
        }
        const session = new SocketSession(socket, principal);
        sessions.add(session);
        socket.on('close', () => sessions.delete(session));
        session.listen(operations);
        session.send(JSON.stringify({ op: 'welcome', ...welcome() }));
      },
    );
  };
