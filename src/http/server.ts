import websocket from '@fastify/websocket';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  type FastifySchemaCompiler,
  fastify,
  LogController,
} from 'fastify';
import { HubError } from '../lib/errors.js';
import { bodyValidator, queryValidator } from '../lib/json-validator.js';
import type { Logger } from '../lib/logger.js';
import { type Authenticators, actingForCaller, authenticate } from './auth.js';
import { addBodyParsers } from './body-parsers.js';
import { replyNotFound, replyWithError } from './error-reply.js';
import { addFreshMemory, type CatchUp } from './fresh-memory.js';
import { hostGuard } from './host-guard.js';
import { answerMalformed, replyToBadAddress } from './malformed-request.js';
import { addOpenApi } from './openapi.js';
import { addOwnerForward, type OwnerForward } from './owner-forward.js';

export const BODY_LIMIT = 1024 * 1024;

export interface ServerOptions {
  readonly authenticators: Authenticators;
  readonly allowedHosts: readonly string[];
  readonly logger: Logger;
  readonly isDraining: () => boolean;
  /** Aborted when nobody is to wait any more. */
  readonly end?: AbortSignal;
  /** @throws HubError with what is wrong in the text, and where */
  readonly parseYaml: (text: string) => unknown;
  readonly routes: readonly RoutePlugin[];
  /** Where streams of server-sent events stand while they are open. */
  readonly openEventStreams?: Set<object>;
  /** Where other hubs write too. */
  readonly catchUp?: CatchUp | undefined;
  readonly forward?: OwnerForward | undefined;
}

export type App = FastifyInstance;

/** The routes of one noun. */
export type RoutePlugin = (app: FastifyInstance) => void;

/** The HTTP server, not listening yet. */
export const buildServer = async ({
  authenticators,
  allowedHosts,
  logger,
  isDraining,
  end,
  parseYaml,
  routes,
  openEventStreams = new Set(),
  catchUp,
  forward,
}: ServerOptions): Promise<FastifyInstance> => {
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 256 },
    genReqId: requestIds(),
    childLoggerFactory: (parent) => parent,
    frameworkErrors: replyToBadAddress,
    clientErrorHandler: answerMalformed,
  });
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler(replyWithError);
  app.setNotFoundHandler(replyNotFound);
  addBodyParsers(app, parseYaml);
  app.decorateRequest('principal', undefined);
  app.decorate('end', end);
  app.decorate('openEventStreams', openEventStreams);
  // Before the hooks that refuse: it closes the connection of an upgrade that was answered with a problem.
  await app.register(websocket, {
    options: {
      maxPayload: BODY_LIMIT,
      handleProtocols: (offered: Set<string>) => (offered.has('granger.v1') ? 'granger.v1' : false),
    },
  });
  app.addHook('onRoute', (route) => {
    route.handler = actingForCaller(route.handler);
  });
  if (catchUp !== undefined) addFreshMemory(app, authenticators.keys, catchUp);
  const checkHost = hostGuard(allowedHosts);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    checkHost(request);
    const pending = request.is404 ? undefined : authenticate(request, authenticators);
    if (isDraining() && isNewWork(request)) {
      throw new HubError('draining', 'The hub is stopping; ask again when it is back.', { retryAfterSeconds: 5 });
    }
    if (pending === undefined) done();
    else pending.then(() => done(), done);
  });
  if (forward !== undefined) addOwnerForward(app, forward);
  await addOpenApi(app);
  app.register(async (scope) => {
    for (const route of routes) route(scope);
  });
  return app;
};

/** Holders may still say how their work ended. */
const isNewWork = (request: FastifyRequest): boolean =>
  request.method !== 'GET' && !request.is404 && !request.url.startsWith('/v1/deliveries/');

/** Short and unique for this process: what an operator looks for in the log. */
const requestIds = (): (() => string) => {
  const start = Date.now().toString(36);
  let count = 0;
  return () => `req-${start}-${++count}`;
};

export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const validate = httpPart === 'body' ? bodyValidator(schema) : queryValidator(schema);
  return (value: unknown) => {
    const problems = validate(value);
    return problems.length === 0 ? { value } : { error: Object.assign(new Error('invalid'), { problems }) };
  };
};
