import type { FastifyRequest } from 'fastify';
import { operation } from '../http/operation.js';
import type { RoutePlugin } from '../http/server.js';
import { giveSession, requireOwnPage, sessionTokenOf, takeSession } from '../http/session-cookie.js';
import { optionalRfc3339 } from '../lib/clock.js';
import type { KeyService } from './key-service.js';
import { LogIn, SessionView } from './login-session-schema.js';
import type { LoginSessionService } from './login-session-service.js';
import type { Principal } from './principal.js';

const tags = ['keys'] as const;

const view = (principal: Principal, expiresAt?: number): SessionView => ({
  keyId: principal.keyId,
  scope: principal.scope,
  ...(principal.scope === 'module' ? { module: principal.module } : {}),
  ...(expiresAt === undefined ? {} : { expiresAt: optionalRfc3339(expiresAt)! }),
});

/** How a browser logs in: a key once, and from then on a cookie that the hub ends by itself. */
export const loginSessionRoutes =
  (sessions: LoginSessionService, keys: KeyService): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/session',
      {
        config: { access: 'open' },
        schema: operation({
          operationId: 'logIn',
          summary: 'Log a browser in with a key',
          description: 'Answers with a cookie (HttpOnly, SameSite=Strict) that speaks for the key for seven days.',
          tags,
          isOpen: true,
          body: LogIn,
          answers: { 201: SessionView },
          errors: ['unauthenticated'],
        }),
      },
      async (request: FastifyRequest<{ Body: LogIn }>, reply) => {
        requireOwnPage(request);
        const { principal, expiresAt, token } = await sessions.logIn(request.body.key);
        giveSession(request, reply, token, expiresAt);
        return reply.status(201).send(view(principal, expiresAt));
      },
    );
    app.get(
      '/v1/session',
      {
        config: { access: 'open' },
        schema: operation({
          operationId: 'getSession',
          summary: 'Who asks: by cookie or by key',
          description: '204 where nobody is logged in.',
          tags,
          isOpen: true,
          answers: { 200: SessionView, 204: null },
        }),
      },
      async (request: FastifyRequest, reply) => {
        const token = sessionTokenOf(request);
        const session = token === undefined ? undefined : await sessions.find(token);
        const principal = keys.authenticate(request.headers.authorization) ?? session?.principal;
        if (principal === undefined) return reply.status(204).send();
        return view(principal, principal === session?.principal ? session.expiresAt : undefined);
      },
    );
    app.delete(
      '/v1/session',
      {
        config: { access: 'open' },
        schema: operation({
          operationId: 'logOut',
          summary: 'Log the browser out',
          description: 'Its streams end too. Where nobody is logged in, nothing happens.',
          tags,
          isOpen: true,
          answers: { 204: null },
        }),
      },
      async (request: FastifyRequest, reply) => {
        requireOwnPage(request);
        const token = sessionTokenOf(request);
        if (token !== undefined) await sessions.logOut(token);
        takeSession(request, reply);
        return reply.status(204).send();
      },
    );
  };
