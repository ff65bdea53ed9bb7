import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import type { KeyService } from '../keys/key-service.js';
import { type ErrorCode, isHubError } from '../lib/errors.js';
import type { SocketOperations } from './socket-session.js';

/** Resolves when memory knows all that any hub had committed before the call. */
export type CatchUp = () => Promise<void>;

/** Refusals that rest on memory, which may be a moment behind what another hub has just answered. They have written nothing. */
const mayBeStale: ReadonlySet<ErrorCode> = new Set([
  'bad_signature',
  'invalid_request',
  'module_not_found',
  'no_capable_module',
  'payload_mismatch',
  'queue_full',
]);

const twice = async <T>(catchUp: CatchUp, work: () => Promise<T> | T): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!isHubError(error) || !mayBeStale.has(error.code)) throw error;
    await catchUp();
    return await work();
  }
};

/** Where other hubs write too, nobody is refused for what they have just been told there: it is looked at once more. */
export const addFreshMemory = (app: FastifyInstance, keys: KeyService, catchUp: CatchUp): void => {
  app.addHook('onRequest', ({ headers: { authorization } }, _reply, done) => {
    if (authorization === undefined || keys.authenticate(authorization) !== undefined) done();
    else catchUp().then(() => done(), done);
  });
  app.addHook('onRoute', (route) => {
    const handler = route.handler as RouteHandlerMethod;
    route.handler = async function handleTwice(request, reply) {
      return await twice(catchUp, () => handler.call(this, request, reply) as Promise<unknown>);
    };
  });
};

/** The same for what a socket asks. */
export const withFreshMemory = (operations: SocketOperations, catchUp: CatchUp): SocketOperations =>
  Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      (session, frame) => twice(catchUp, () => operation(session, frame)),
    ]),
  );
