import helmet from '@fastify/helmet';
import websocket from '@fastify/websocket';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifySchemaCompiler,
  fastify,
  LogController,
} from 'fastify';
import type { KeyService } from '../keys/key-service.js';
import { HubError } from '../lib/errors.js';
import { bodyValidator, queryValidator } from '../lib/json-validator.js';
import type { Logger } from '../lib/logger.js';
import { authenticate } from './auth.js';
import { replyNotFound, replyWithError } from './error-reply.js';
import { hostGuard } from './host-guard.js';
import { addOpenApi } from './openapi.js';

export const BODY_LIMIT = 1024 * 1024;

export interface ServerOptions {
  readonly keys: KeyService;
  readonly allowedHosts: readonly string[];
  readonly logger: Logger;
  readonly isDraining: () => boolean;
  /** @throws HubError with what is wrong in the text, and where */
  readonly parseYaml: (text: string) => unknown;
  readonly routes: readonly RoutePlugin[];
}

export type App = FastifyInstance;

/** The routes of one noun. */
export type RoutePlugin = (app: FastifyInstance) => void;

/** The HTTP server, not listening yet. */
export const buildServer = async ({
  keys,
  allowedHosts,
  logger,
  isDraining,
  parseYaml,
  routes,
}: ServerOptions): Promise<FastifyInstance> => {
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 256 },
    genReqId: requestIds(),
  });
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler(replyWithError);
  app.setNotFoundHandler(replyNotFound);
  app.addContentTypeParser(
    ['application/yaml', 'text/yaml'],
    { parseAs: 'string' },
    async (_request: unknown, text: string) => parseYaml(text),
  );
  app.decorateRequest('principal', undefined);
  await app.register(helmet, { contentSecurityPolicy: false, strictTransportSecurity: false });
  const checkHost = hostGuard(allowedHosts);
  app.addHook('onRequest', async (request) => {
    checkHost(request);
    if (request.is404) return;
    authenticate(request, keys);
    if (isDraining() && request.method !== 'GET' && !request.url.startsWith('/v1/deliveries/')) {
      throw new HubError('draining', 'The hub is stopping; ask again when it is back.', { retryAfterSeconds: 5 });
    }
  });
  await app.register(websocket, {
    options: {
      maxPayload: BODY_LIMIT,
      handleProtocols: (offered: Set<string>) => (offered.has('granger.v1') ? 'granger.v1' : false),
    },
  });
  await addOpenApi(app);
  app.register(async (scope) => {
    for (const route of routes) route(scope);
  });
  return app;
};

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
