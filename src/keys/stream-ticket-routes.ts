import Type from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import type { RoutePlugin } from '../http/server.js';
import type { StreamTicketService } from './stream-ticket-service.js';

const Ticket = Type.Object(
  {
    ticket: Type.String({ description: 'For ?ticket= of one stream', examples: ['grt_8f3c…'] }),
    expiresAt: Type.String({ format: 'date-time' }),
  },
  { title: 'StreamTicket' },
);

export const streamTicketRoutes =
  (tickets: StreamTicketService): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/stream-tickets',
      {
        schema: operation({
          operationId: 'createStreamTicket',
          summary: 'A ticket to open one stream with',
          description:
            'For a browser, which can set no header on a WebSocket or an EventSource: `GET /v1/stream?ticket=`, `GET /v1/events?ticket=`, ' +
            '`GET /v1/turns/{id}/output?ticket=`. It opens one stream, within 30 seconds, and acts for the key that asks for it.',
          tags: ['keys'],
          body: Type.Union([Type.Object({}, { additionalProperties: false }), Type.Null()]),
          answers: { 201: Ticket },
        }),
      },
      async (request, reply) => reply.status(201).send(await tickets.issue(principalOf(request))),
    );
  };
