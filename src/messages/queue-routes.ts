import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { operation } from '../http/operation.js';
import { pageOf, pageOfSorted, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import { QueueView } from './queue-schema.js';

/** Where the numbers of a queue come from; by their keys, `#` and a name for a channel's. */
export interface QueueNumbers {
  keys(): readonly string[];
  view(key: string): Promise<QueueView>;
}

export const queueRoutes =
  (queues: QueueNumbers): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/queues',
      {
        schema: operation({
          operationId: 'listQueues',
          summary: 'All queues with how much stands in each: those of modules and of channels',
          tags: ['deliveries'],
          querystring: Type.Object(pageQuery, { additionalProperties: false }),
          answers: { 200: pageOf(QueueView) },
        }),
      },
      async (request: FastifyRequest<{ Querystring: { limit: number; cursor?: string } }>) => {
        const { items, nextCursor } = pageOfSorted([...queues.keys()].sort(), (key) => key, request.query);
        return { items: await Promise.all(items.map((key) => queues.view(key))), nextCursor };
      },
    );
  };
