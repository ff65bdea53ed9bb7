import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { pageOf, pageOfSorted, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import { requireModule } from '../keys/principal.js';
import { ChannelName, ChannelSettings, ChannelView, SubscriptionView } from './channel-schema.js';
import type { ChannelQueues, ChannelService } from './channel-service.js';

const tags = ['channels'] as const;
const params = Type.Object({ channel: ChannelName, module: Type.String() });

interface OfSubscription {
  Params: { channel: string; module: string };
}

export const channelRoutes =
  (channels: ChannelService, queues: ChannelQueues): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/channels',
      {
        schema: operation({
          operationId: 'listChannels',
          summary: 'All channels, with what waits in them',
          tags,
          querystring: Type.Object(pageQuery, { additionalProperties: false }),
          answers: { 200: pageOf(ChannelView) },
        }),
      },
      async (request: FastifyRequest<{ Querystring: { limit: number; cursor?: string } }>) => {
        const { items, nextCursor } = pageOfSorted(channels.names(), (name) => name, request.query);
        return { items: await Promise.all(items.map((name) => channels.view(name, queues))), nextCursor };
      },
    );
    app.put(
      '/v1/channels/:channel',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'configureChannel',
          summary: 'Set fairness and limits of a channel',
          tags,
          params: Type.Object({ channel: ChannelName }),
          body: ChannelSettings,
          answers: { 200: ChannelView },
        }),
      },
      async (request: FastifyRequest<{ Params: { channel: string }; Body: ChannelSettings }>) => {
        await channels.configure(request.params.channel, request.body);
        return await channels.view(request.params.channel, queues);
      },
    );
    app.put(
      '/v1/channels/:channel/subscriptions/:module',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'subscribe',
          summary: 'Subscribe a module to a channel',
          description:
            'The channel is made by its first use. Broadcasts that are still alive are delivered to a new subscriber.',
          tags,
          params,
          body: Type.Union([Type.Object({}, { additionalProperties: false }), Type.Null()]),
          answers: { 200: SubscriptionView, 201: SubscriptionView },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<OfSubscription>, reply) => {
        const { channel, module } = request.params;
        requireModule(principalOf(request), module);
        const { isNew, delivered } = await channels.subscribe(channel, module);
        return reply.status(isNew ? 201 : 200).send({ channel, module, delivered });
      },
    );
    app.delete(
      '/v1/channels/:channel/subscriptions/:module',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'unsubscribe',
          summary: 'End a subscription',
          description: 'What was delivered already stays in the inbox.',
          tags,
          params,
          answers: { 204: null },
        }),
      },
      async (request: FastifyRequest<OfSubscription>, reply) => {
        const { channel, module } = request.params;
        requireModule(principalOf(request), module);
        await channels.unsubscribe(channel, module);
        return reply.status(204).send();
      },
    );
  };
