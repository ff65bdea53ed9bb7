import { signedOut } from './live-state.js';
import { say, setState } from './store.js';

/** A refusal of the hub, as problem+json says it. */
export class Refusal extends Error {
  /** @param {{ status: number, code: string, detail?: string, title?: string }} problem */
  constructor({ status, code, detail, title }) {
    super(detail ?? title ?? code);
    this.status = status;
    this.code = code;
  }
}

/** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
const call = async (method, path, body) => {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(path.replace(/^\//, ''), { method, ...init });
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const answer = isJson ? await response.json() : await response.text();
  if (response.ok) return answer === '' ? undefined : answer;
  const problem = isJson ? answer : { code: 'unreadable', detail: `The hub answered ${response.status}.` };
  if (response.status === 401 && path !== '/v1/session') setState(signedOut);
  throw new Refusal({ status: response.status, ...problem });
};

/** @param {string} path */
export const get = (path) => call('GET', path);
/** @param {string} path @param {unknown} [body] */
export const post = (path, body = {}) => call('POST', path, body);
/** @param {string} path @param {unknown} body */
export const patch = (path, body) => call('PATCH', path, body);
/** @param {string} path */
export const del = (path) => call('DELETE', path);

/** An address with its query; what is undefined or empty is left out. @param {string} path @param {Readonly<Record<string, string | number | undefined>>} query */
export const pathWith = (path, query) => {
  const named = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  return named.length === 0
    ? path
    : `${path}?${new URLSearchParams(named.map(([name, value]) => [name, String(value)]))}`;
};

/** Does what a button stands for, and says how it went. @param {() => Promise<string | undefined>} work */
export const act = async (work) => {
  try {
    const done = await work();
    if (done !== undefined) say(done);
    return true;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), true);
    return false;
  }
};
