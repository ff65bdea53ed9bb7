import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DashboardFiles } from './dashboard-files.js';
import { replyNotFound } from './error-reply.js';
import type { RoutePlugin } from './server.js';

/** Nothing but what the hub serves itself. The stream is named for browsers whose 'self' does not cover WebSockets. */
const contentPolicy = (host: string | undefined): string => {
  const streams = host !== undefined && /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self'${streams}`,
    "img-src 'self' data:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ');
};

/** The dashboard: `/` and its files. They hold nothing secret, so that the login can be shown to who has no key yet. */
export const dashboardRoutes =
  (files: DashboardFiles): RoutePlugin =>
  (app) => {
    const options = { config: { access: 'open' }, schema: { hide: true } } as const;
    const answer = async (request: FastifyRequest, reply: FastifyReply, name: string): Promise<FastifyReply> => {
      const file = await files.find(name);
      if (file === undefined) return replyNotFound(request, reply);
      reply.headers({ 'cache-control': 'no-cache', vary: 'accept-encoding', etag: file.etag });
      if (isKnown(request.headers['if-none-match'], file.etag)) return reply.status(304).send();
      const isZipped = request.headers['accept-encoding']?.includes('gzip') === true;
      if (isZipped) reply.header('content-encoding', 'gzip');
      return reply.type(file.type).send(isZipped ? file.zipped : file.body);
    };
    app.get('/', options, async (request, reply) => {
      reply.headers({
        'content-security-policy': contentPolicy(request.headers.host),
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
      });
      return await answer(request, reply, 'index.html');
    });
    app.get('/dashboard/*', options, async (request: FastifyRequest<{ Params: { '*': string } }>, reply) => {
      return await answer(request, reply, request.params['*']);
    });
  };

const isKnown = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag) === true;
