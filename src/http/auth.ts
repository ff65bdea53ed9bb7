import type { FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { KeyService } from '../keys/key-service.js';
import { type Access, type Principal, requireAccess } from '../keys/principal.js';
import { actingAs } from '../lib/acting-key.js';
import { HubError } from '../lib/errors.js';

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

/** @throws unauthenticated, forbidden */
export const authenticate = (request: FastifyRequest, keys: KeyService): void => {
  const access = request.routeOptions.config.access ?? 'read';
  if (access === 'open' || (access === 'loopback' && isFromThisMachine(request))) return;
  const needed = access === 'loopback' ? 'read' : access;
  admit(request, keys.authenticate(request.headers.authorization), needed);
};

/** A proxy on this machine speaks for somebody else, and says so. */
const isFromThisMachine = ({ raw, headers }: FastifyRequest): boolean =>
  /^(127\.|::1$|::ffff:127\.)/.test(raw.socket.remoteAddress ?? '') &&
  headers['x-forwarded-for'] === undefined &&
  headers.forwarded === undefined;

/** The same by a ticket. @throws unauthenticated */
export const authenticateByTicket = async (
  request: FastifyRequest,
  ticket: string,
  tickets: TicketRedeemer,
): Promise<void> => {
  const principal = await tickets.redeem(ticket);
  if (principal === undefined)
    throw new HubError('unauthenticated', 'This ticket is not known, was used, or its time is over.');
  admit(request, principal, 'read');
};

/** Where it stands for a key. */
export const ticketOf = ({ headers, query }: FastifyRequest): string | undefined => {
  const { ticket } = (query ?? {}) as { ticket?: unknown };
  return headers.authorization === undefined && typeof ticket === 'string' ? ticket : undefined;
};

const admit = (request: FastifyRequest, principal: Principal | undefined, access: Access): void => {
  if (principal === undefined) {
    const what = request.headers.authorization === undefined ? 'The request has no key' : 'This key is not known';
    throw new HubError('unauthenticated', `${what}. Send it as: Authorization: Bearer <key>`);
  }
  request.principal = principal;
  requireAccess(principal, access);
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
