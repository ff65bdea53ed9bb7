import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { operation } from '../http/operation.js';
import { numberCursor, pageOf, pageOfSorted, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import { CreatedWebhook, NewWebhook, WebhookDeliveryView, WebhookView } from './webhook-schema.js';
import type { WebhookService } from './webhook-service.js';

const tags = ['webhooks'] as const;
const config = { access: 'admin' } as const;
const params = Type.Object({ id: Type.String() });
const querystring = Type.Object(pageQuery, { additionalProperties: false });
const errors = ['webhook_not_found'] as const;

interface OfWebhook {
  Params: { id: string };
}
interface Paged {
  Querystring: { limit: number; cursor?: string };
}

/** A text that sorts as they were made: ids have no leading zeros. */
const ageOf = ({ id }: WebhookView): string => id.padStart('hook_'.length + 16, '0');

export const webhookRoutes =
  (webhooks: WebhookService): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/webhooks',
      {
        config,
        schema: operation({
          operationId: 'createWebhook',
          summary: 'Have events that fit posted to an address; the secret is shown once',
          description:
            'Each post is `{"webhook", "epoch", "reset"?, "events": [...]}`, signed in the form of Standard Webhooks: events in their order, several ' +
            'where they come faster than they are taken. 2xx is taken, 410 ends it, anything else is tried again, longer apart each time. At least once: ' +
            'a repetition has the same webhook-id.',
          tags,
          body: NewWebhook,
          answers: { 201: CreatedWebhook },
          errors: ['conflict', 'cursor_expired'],
        }),
      },
      async (request: FastifyRequest<{ Body: NewWebhook }>, reply) =>
        reply.status(201).send(await webhooks.create(request.body)),
    );
    app.get(
      '/v1/webhooks',
      {
        schema: operation({
          operationId: 'listWebhooks',
          summary: 'Who is told of events, without the secrets',
          tags,
          querystring,
          answers: { 200: pageOf(WebhookView) },
        }),
      },
      async (request: FastifyRequest<Paged>) => pageOfSorted(await webhooks.list(), ageOf, request.query),
    );
    app.get(
      '/v1/webhooks/:id',
      {
        schema: operation({
          operationId: 'getWebhook',
          summary: 'One of them, and how far it is',
          tags,
          params,
          answers: { 200: WebhookView },
          errors,
        }),
      },
      async (request: FastifyRequest<OfWebhook>) => await webhooks.get(request.params.id),
    );
    app.get(
      '/v1/webhooks/:id/deliveries',
      {
        schema: operation({
          operationId: 'listWebhookDeliveries',
          summary: 'What came of each post, newest first',
          description: 'Kept as long as events are, the newest thousand of each webhook.',
          tags,
          params,
          querystring,
          answers: { 200: pageOf(WebhookDeliveryView) },
          errors,
        }),
      },
      async (request: FastifyRequest<OfWebhook & Paged>) => {
        const { limit, cursor } = request.query;
        return await webhooks.log(request.params.id, { below: numberCursor(cursor), limit });
      },
    );
    for (const [verb, summary] of [
      ['pause', 'Post nothing until it is resumed'],
      ['resume', 'Post again, from where it was'],
    ] as const)
      app.post(
        `/v1/webhooks/:id/${verb}`,
        {
          config,
          schema: operation({
            operationId: `${verb}Webhook`,
            summary,
            tags,
            params,
            answers: { 200: WebhookView },
            errors,
          }),
        },
        async (request: FastifyRequest<OfWebhook>) => await webhooks[verb](request.params.id),
      );
    app.delete(
      '/v1/webhooks/:id',
      {
        config,
        schema: operation({
          operationId: 'deleteWebhook',
          summary: 'Post to it no more, and forget what came of it',
          tags,
          params,
          answers: { 204: null },
          errors,
        }),
      },
      async (request: FastifyRequest<OfWebhook>, reply) => {
        await webhooks.remove(request.params.id);
        return reply.status(204).send();
      },
    );
  };
