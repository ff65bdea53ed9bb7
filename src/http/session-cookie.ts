import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubError } from '../lib/errors.js';

export const SESSION_COOKIE = 'granger_session';

/** Cookies know no ports: with the port in the name, two hubs on one machine do not log each other out. */
const cookieName = ({ headers: { host } }: FastifyRequest): string => {
  const port = /:(\d+)$/.exec(host ?? '')?.[1];
  return port === undefined ? SESSION_COOKIE : `${SESSION_COOKIE}_${port}`;
};

export const sessionTokenOf = (request: FastifyRequest): string | undefined => {
  const { cookie } = request.headers;
  if (cookie?.includes(SESSION_COOKIE) !== true) return undefined;
  const start = `${cookieName(request)}=`;
  const pair = cookie.split(/; */).find((each) => each.startsWith(start));
  return pair?.slice(start.length) || undefined;
};

/** Never sent along by a page of another site, and out of reach for scripts. @param end an attribute that says how long it lasts */
const setCookie = (request: FastifyRequest, reply: FastifyReply, token: string, end: string): void => {
  const secure = request.headers.origin?.startsWith('https:') === true ? '; Secure' : '';
  reply.header('set-cookie', `${cookieName(request)}=${token}; Path=/; ${end}; HttpOnly; SameSite=Strict${secure}`);
};

export const giveSession = (request: FastifyRequest, reply: FastifyReply, token: string, expiresAt: number): void =>
  setCookie(request, reply, token, `Expires=${new Date(expiresAt).toUTCString()}`);

export const takeSession = (request: FastifyRequest, reply: FastifyReply): void =>
  setCookie(request, reply, '', 'Max-Age=0');

/**
 * A cookie goes along with what any page of this machine asks for, whatever its port: so a request that lives by its cookie must come from
 * a page of the hub itself. A browser says where from with everything that changes something and with every WebSocket; who says nothing is none.
 * @throws host_not_allowed
 */
export const requireOwnPage = ({ headers: { origin, host } }: FastifyRequest): void => {
  if (origin === undefined || origin.replace(/^https?:\/\//i, '').toLowerCase() === host?.toLowerCase()) return;
  throw new HubError('host_not_allowed', `Pages of ${origin} may not use this hub with your login.`);
};
