import type { FastifyRequest } from 'fastify';
import { HubError } from '../lib/errors.js';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

const hostName = (host: string): string => host.toLowerCase().replace(/:\d+$/, '');

/**
 * A page of another site can make a browser send requests here, under a name that it had pointed at this machine (DNS rebinding) or
 * straight from the page. So the name must be one of ours, and a page that asks must be too.
 * @throws host_not_allowed
 */
export const hostGuard = (allowedHosts: readonly string[]): ((request: FastifyRequest) => void) => {
  const allowed = new Set([...loopbackNames, ...allowedHosts]);
  const isAny = allowed.has('*');
  let lastGood: string | undefined;
  return ({ headers: { host, origin } }) => {
    if (isAny || (origin === undefined && host !== undefined && host === lastGood)) return;
    if (host === undefined || !allowed.has(hostName(host))) {
      throw new HubError(
        'host_not_allowed',
        `The hub is not known as ${JSON.stringify(host ?? '')}. GRANGER_ALLOWED_HOSTS may name it.`,
      );
    }
    if (origin !== undefined && !allowed.has(hostName(origin.replace(/^[a-z]+:\/\//i, '')))) {
      throw new HubError('host_not_allowed', `Pages of ${origin} may not use this hub.`);
    }
    if (origin === undefined) lastGood = host;
  };
};
