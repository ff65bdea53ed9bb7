import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { SESSION_COOKIE } from './session-cookie.js';
import { nameTitledSchemas } from './titled-schemas.js';

export const API_VERSION = '1';

const description = `Modules in any language and Claude Code agents register here and exchange durable messages, watched live.

All times are UTC in RFC 3339, durations seconds with the unit in the name. Errors are problem+json (RFC 9457) with a stable \`code\`.`;

/** What the page may load. Its own default wants https, which a hub does not speak, and forbids the one style that it sets itself. */
const pagePolicy = {
  'default-src': "'self'",
  'base-uri': "'self'",
  'frame-ancestors': "'self'",
  'img-src': ["'self'", 'data:'],
  'object-src': "'none'",
  'script-src-attr': "'none'",
  'style-src': ["'self'", "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='"],
};

/** openapi.json, made from the routes' own schemas, and the page that shows it. */
export const addOpenApi = async (app: FastifyInstance): Promise<void> => {
  await app.register(swagger, {
    transformObject: (document) =>
      nameTitledSchemas('openapiObject' in document ? document.openapiObject : document.swaggerObject) as never,
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Granger Hub', version: API_VERSION, description, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: 'http://127.0.0.1:7411' }],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An admin, module or observer key' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: SESSION_COOKIE,
            description: 'A browser that has logged in; the name ends in `_` and the port, where the address has one',
          },
        },
      },
      security: [{ key: [] }, { session: [] }],
      tags: [
        'modules',
        'messages',
        'deliveries',
        'channels',
        'conversations',
        'templates',
        'turns',
        'approvals',
        'instances',
        'tasks',
        'events',
        'webhooks',
        'keys',
        'operations',
      ].map((name) => ({ name })),
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    uiConfig: { persistAuthorization: true, validatorUrl: null },
    // What is tried on the page goes to the hub that serves it, at whatever address.
    transformSpecification: (document) => ({ ...document, servers: [{ url: '/' }] }),
    transformSpecificationClone: true,
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
};
