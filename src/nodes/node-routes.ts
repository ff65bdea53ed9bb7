import Type from 'typebox';
import { operation } from '../http/operation.js';
import type { RoutePlugin } from '../http/server.js';
import { NodeView } from './node-schema.js';
import type { NodeService } from './node-service.js';

export const nodeRoutes =
  (nodes: NodeService): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/nodes',
      {
        schema: operation({
          operationId: 'listNodes',
          summary: 'The hubs that share the database',
          description: 'One with the embedded SQLite. Hubs that are gone are kept for a week.',
          tags: ['operations'],
          answers: { 200: Type.Object({ items: Type.Array(NodeView), nextCursor: Type.Null() }) },
        }),
      },
      async () => ({ items: await nodes.list(), nextCursor: null }),
    );
  };
