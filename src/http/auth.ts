import type { FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { KeyService } from '../keys/key-service.js';
import type { LoginSessionService } from '../keys/login-session-service.js';
import { type Access, type Principal, requireAccess } from '../keys/principal.js';
import { actingAs } from '../lib/acting-key.js';
import { HubError } from '../lib/errors.js';
import { requireOwnPage, sessionTokenOf } from './session-cookie.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of the key; `open` needs none, `loopback` none from this machine. Routes that say nothing can be read with any key. */
    access?: Access | 'open' | 'loopback';
    /** Takes a stream ticket in `?ticket=` instead of a key. */
    takesTicket?: boolean;
  }
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}

/** What takes a ticket once and tells whose it was. */
export interface TicketRedeemer {
  redeem(ticket: string): Promise<Principal | undefined>;
}

/** Who can come, and how: with a key, with the cookie of a browser that has logged in with one, or to a stream with a ticket. */
export interface Authenticators {
  readonly keys: KeyService;
  readonly tickets: TicketRedeemer;
  readonly sessions: LoginSessionService;
}

/** At once for a key; the others are looked up. @throws unauthenticated, forbidden, host_not_allowed */
export const authenticate = (request: FastifyRequest, authenticators: Authenticators): void | Promise<void> => {
  const { access = 'read', takesTicket = false } = request.routeOptions.config;
  if (access === 'open' || (access === 'loopback' && isFromThisMachine(request))) return;
  const admit = (principal: Principal | undefined): void => {
    if (principal === undefined) throw unauthenticated(request, takesTicket);
    request.principal = principal;
    requireAccess(principal, access === 'loopback' ? 'read' : access);
  };
  const found = identify(request, authenticators, takesTicket);
  if (found instanceof Promise) return found.then(admit);
  admit(found);
};

/** A proxy on this machine speaks for somebody else, and says so. */
const isFromThisMachine = ({ raw, headers }: FastifyRequest): boolean =>
  /^(127\.|::1$|::ffff:127\.)/.test(raw.socket.remoteAddress ?? '') &&
  headers['x-forwarded-for'] === undefined &&
  headers.forwarded === undefined;

/** Who asks; undefined where nobody known does. A key goes before all others. @throws host_not_allowed */
export const identify = (
  request: FastifyRequest,
  { keys, tickets, sessions }: Authenticators,
  takesTicket: boolean,
): Principal | undefined | Promise<Principal | undefined> => {
  const { authorization } = request.headers;
  if (authorization !== undefined) return keys.authenticate(authorization);
  const ticket = takesTicket ? ticketOf(request) : undefined;
  if (ticket !== undefined) return tickets.redeem(ticket);
  const token = sessionTokenOf(request);
  if (token === undefined) return undefined;
  requireOwnPage(request);
  return sessions.find(token).then((session) => session?.principal);
};

const unauthenticated = (request: FastifyRequest, takesTicket: boolean): HubError => {
  if (takesTicket && ticketOf(request) !== undefined)
    return new HubError('unauthenticated', 'This ticket is not known, was used, or its time is over.');
  const what = request.headers.authorization === undefined ? 'The request has no key' : 'This key is not known';
  return new HubError('unauthenticated', `${what}. Send it as: Authorization: Bearer <key>`);
};

/** Where it stands for a key. */
export const ticketOf = ({ headers, query }: FastifyRequest): string | undefined => {
  const { ticket } = (query ?? {}) as { ticket?: unknown };
  return headers.authorization === undefined && typeof ticket === 'string' ? ticket : undefined;
};

/** Who asks, on a route that needs a key. */
export const principalOf = (request: FastifyRequest): Principal => {
  if (request.principal === undefined) throw new HubError('unauthenticated', 'The request has no key.');
  return request.principal;
};

/** The handler acts for whoever asks: what it causes bears the name of the key. */
export const actingForCaller = (handler: RouteHandlerMethod): RouteHandlerMethod =>
  function (request, reply) {
    return actingAs(request.principal?.keyId ?? null, () => handler.call(this, request, reply));
  };
