import type { FastifyRequest } from 'fastify';
import type { KeyService } from '../keys/key-service.js';
import { type Access, type Principal, requireAccess } from '../keys/principal.js';
import { HubError } from '../lib/errors.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks of the key; `open` needs none. Routes that say nothing can be read with any key. */
    access?: Access | 'open';
  }
  interface FastifyRequest {
    principal: Principal | undefined;
  }
}

/** @throws unauthenticated, forbidden */
export const authenticate = (request: FastifyRequest, keys: KeyService): void => {
  const access = request.routeOptions.config.access ?? 'read';
  if (access === 'open') return;
  const principal = keys.authenticate(request.headers.authorization);
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
