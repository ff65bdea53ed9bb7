import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { requestSignal } from '../http/request-signal.js';
import { sendJson } from '../http/send-json.js';
import type { RoutePlugin } from '../http/server.js';
import { HubError } from '../lib/errors.js';
import { messageJson, sentMessageJson } from './message-json.js';
import { messageKeyOf, type OfMessage, params, senderOf, waitQuery } from './message-routes.js';
import { MessageView, NewReply, SentMessage } from './message-schema.js';
import type { MessageService } from './message-service.js';

const tags = ['messages'] as const;

export const replyRoutes =
  (messages: MessageService): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/messages/:id/reply',
      {
        schema: operation({
          operationId: 'getReply',
          summary: 'The reply to a message',
          description:
            '204 while there is none yet. 409 no_reply_coming when the message is dead, expired or cancelled.',
          tags,
          params,
          querystring: Type.Object(waitQuery, { additionalProperties: false }),
          answers: { 200: MessageView, 204: null },
          errors: ['message_not_found', 'no_reply_coming'],
        }),
      },
      async (request: FastifyRequest<OfMessage & { Querystring: { wait?: number } }>, reply) => {
        const timeoutMs = (request.query.wait ?? 0) * 1000;
        const outcome = await messages.awaitReply(messageKeyOf(request.params.id), {
          timeoutMs,
          signal: requestSignal(reply),
        });
        if (outcome.kind === 'replied') return sendJson(reply, 200, messageJson(outcome.reply));
        if (outcome.kind === 'open') return reply.status(204).send();
        throw new HubError(
          'no_reply_coming',
          `No reply to ${request.params.id} will come: it is ${[...new Set(outcome.states)].join(' and ')}.`,
        );
      },
    );

    app.post(
      '/v1/messages/:id/reply',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'reply',
          summary: 'Reply to a message',
          tags,
          params,
          body: NewReply,
          answers: { 201: SentMessage },
          errors: ['message_not_found', 'module_not_found'],
        }),
      },
      async (request: FastifyRequest<OfMessage & { Body: NewReply }>, reply) => {
        const { from, payload, type } = request.body;
        const sent = await messages.reply(messageKeyOf(request.params.id), {
          from: senderOf(principalOf(request), from),
          payload,
          type,
        });
        return sendJson(reply, 201, sentMessageJson(sent));
      },
    );
  };
