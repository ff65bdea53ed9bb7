import { toWebRequest } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { requestSignal } from '../http/request-signal.js';
import type { RoutePlugin } from '../http/server.js';
import type { Principal } from '../keys/principal.js';
import { keepActing } from '../lib/acting-key.js';
import { HubError } from '../lib/errors.js';
import type { Logger } from '../lib/logger.js';
import type { HubToolParts } from './hub-tools.js';
import type { McpCaller } from './mcp-caller.js';
import { mcpServerFactory } from './mcp-server.js';

const Rpc = Type.Unknown({
  description: 'JSON-RPC 2.0, as the Model Context Protocol says',
  examples: [{ jsonrpc: '2.0', id: 1, method: 'tools/list' }],
});

/** The Model Context Protocol over HTTP, of 2025 and of 2026: a request, its answer, and nothing kept between. */
export const mcpRoutes =
  (parts: HubToolParts, logger: Logger): RoutePlugin =>
  (app) => {
    const serverFor = mcpServerFactory(parts, logger);
    const handler = createMcpHandler(({ authInfo }) => serverFor(authInfo?.extra?.caller as McpCaller), {
      onerror: (error) => logger.debug({ err: error }, 'an MCP request was refused'),
    });
    app.addHook('onClose', () => handler.close());
    app.post(
      '/mcp',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'callMcp',
          summary: "The hub's tools over the Model Context Protocol",
          description: 'With the key of a module: it is in its name that everything is done.',
          tags: ['operations'],
          body: Rpc,
          answers: { 200: Rpc, 202: null },
        }),
      },
      async (request: FastifyRequest, reply) => {
        const { module, keyId } = moduleOf(principalOf(request));
        const caller: McpCaller = { module, keyId, signal: requestSignal(reply), acting: keepActing() };
        const authInfo = { token: keyId, clientId: module, scopes: [], extra: { caller } };
        const { body } = request;
        const asked = await toWebRequest(request.raw as never, body);
        return reply.send(await handler.fetch(asked, { authInfo, parsedBody: body }));
      },
    );
    app.route({
      method: ['GET', 'DELETE'],
      url: '/mcp',
      schema: { hide: true },
      handler: async () => {
        throw new HubError('method_not_allowed', 'There are no sessions and no stream of notifications here.');
      },
    });
  };

const moduleOf = (principal: Principal): Extract<Principal, { scope: 'module' }> => {
  if (principal.scope === 'module') return principal;
  throw new HubError('forbidden', 'This needs the key of a module: POST /v1/modules/{name}/keys makes one.');
};
