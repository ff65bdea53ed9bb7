import { type FieldProblem, HubError } from '../lib/errors.js';
import type { Descriptor } from '../modules/module-schema.js';

/** Those of the connection, and those that the hub sets itself. */
const RESERVED =
  /^(host|connection|keep-alive|upgrade|expect|te|trailer|transfer-encoding|proxy-.*|content-.*|webhook-.*)$/i;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/** Why nothing may be posted there; undefined where it may. `hosts`: each `host` with any port, or `host:port`. */
export const urlProblem = (text: string, hosts: readonly string[]): string | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return 'must be an http or https URL';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password; use headers';
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (hosts.includes(url.hostname) || hosts.includes(`${url.hostname}:${port}`)) return undefined;
  return `must be at a host that GRANGER_WEBHOOK_HOSTS allows, which ${url.host} is not`;
};

/** @throws invalid_request for a webhook at a place, or with headers, that the hub would not post to or with */
export const checkWebhook = ({ runtime }: Descriptor, hosts: readonly string[]): void => {
  if (typeof runtime !== 'object' || runtime.type !== 'webhook') return;
  const problem = urlProblem(runtime.url, hosts);
  const errors: FieldProblem[] = problem === undefined ? [] : [{ pointer: '/runtime/url', message: problem }];
  for (const [name, value] of Object.entries(runtime.headers ?? {})) {
    const pointer = `/runtime/headers/${name.replaceAll('~', '~0')}`;
    if (RESERVED.test(name)) errors.push({ pointer, message: 'is set by the hub itself' });
    if (!HEADER_VALUE.test(value)) errors.push({ pointer, message: 'must be of printable ASCII characters' });
  }
  const [first] = errors;
  if (first === undefined) return;
  throw new HubError('invalid_request', `The webhook cannot be used: ${first.pointer} ${first.message}.`, { errors });
};
