import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { numberCursor, pageOf, pageQuery } from '../http/paging.js';
import { sendJson } from '../http/send-json.js';
import type { RoutePlugin } from '../http/server.js';
import { keepActing } from '../lib/acting-key.js';
import { MessageView } from '../messages/message-schema.js';
import { exportFileName, exportOf, exportTypes, historyPageJson } from './conversation-export.js';
import { type OfConversation, params, requireParticipant } from './conversation-routes.js';
import { ConversationView, type ExportFormat, exportFormats, ForkRequest } from './conversation-schema.js';
import type { ConversationService } from './conversation-service.js';

const tags = ['conversations'] as const;

interface MessagesRequest extends OfConversation {
  Querystring: { order: 'asc' | 'desc'; limit: number; cursor?: string };
}

const exported = {
  description: 'The conversation as a file',
  content: {
    'application/json': { schema: Type.Object({ conversation: ConversationView, messages: Type.Array(MessageView) }) },
    'application/x-ndjson': { schema: Type.String({ description: 'A message a line' }) },
    'text/markdown': { schema: Type.String() },
  },
} as unknown as TSchema;

export const conversationHistoryRoutes =
  (conversations: ConversationService): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/conversations/:id/messages',
      {
        schema: operation({
          operationId: 'listConversationMessages',
          summary: 'The messages of a conversation, from its first one on',
          description: 'Of a fork also those that it shares with the conversation it was forked from.',
          tags,
          params,
          querystring: Type.Object(
            {
              order: Type.Union([Type.Literal('asc'), Type.Literal('desc')], {
                default: 'asc',
                description: 'desc: from the last one back',
              }),
              ...pageQuery,
            },
            { additionalProperties: false },
          ),
          answers: { 200: pageOf(MessageView) },
          errors: ['conversation_not_found'],
        }),
      },
      async (request: FastifyRequest<MessagesRequest>, reply) => {
        const { order, limit, cursor } = request.query;
        const rows = await conversations.messages(request.params.id, { order, limit, after: numberCursor(cursor) });
        return sendJson(reply, 200, historyPageJson(rows, limit));
      },
    );

    app.post(
      '/v1/conversations/:id/fork',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'forkConversation',
          summary: 'Go on from a conversation in another one',
          description:
            'The fork has the history up to `through` and the same participants; an agent in it remembers what was said until then. ' +
            'What is said in one of the two is not known in the other.',
          tags,
          params,
          body: Type.Union([ForkRequest, Type.Null()]),
          answers: { 201: ConversationView },
          errors: ['conversation_not_found', 'message_not_found', 'conflict'],
        }),
      },
      async (request: FastifyRequest<OfConversation & { Body: ForkRequest | null }>, reply) => {
        const { id } = request.params;
        const acting = keepActing();
        requireParticipant(principalOf(request), await conversations.get(id));
        return reply.status(201).send(await acting(() => conversations.fork(id, request.body ?? {})));
      },
    );

    app.get(
      '/v1/conversations/:id/export',
      {
        schema: operation({
          operationId: 'exportConversation',
          summary: 'A conversation as a file',
          tags,
          params,
          querystring: Type.Object(
            {
              format: Type.Unsafe<ExportFormat>({
                ...Type.Enum([...exportFormats]),
                default: 'json',
                description: 'json: one document; jsonl: a message a line; markdown: to read',
              }),
            },
            { additionalProperties: false },
          ),
          answers: { 200: exported },
          errors: ['conversation_not_found'],
        }),
      },
      async (request: FastifyRequest<OfConversation & { Querystring: { format: ExportFormat } }>, reply) => {
        const { id } = request.params;
        const { format } = request.query;
        const view = await conversations.get(id);
        return reply
          .header('content-type', exportTypes[format].mediaType)
          .header('content-disposition', `attachment; filename="${exportFileName(view, format)}"`)
          .send(Readable.from(exportOf(view, conversations.pages(id), format)));
      },
    );
  };
