import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { numberCursor, pageOf, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import { type Principal, requireModule } from '../keys/principal.js';
import { keepActing } from '../lib/acting-key.js';
import { ConversationPatch, ConversationQuery, ConversationView, NewConversation } from './conversation-schema.js';
import type { ConversationService } from './conversation-service.js';

const tags = ['conversations'] as const;
export const params = Type.Object({ id: Type.String() });

export interface OfConversation {
  Params: { id: string };
}

/** A module changes the conversations that it takes part in. @throws forbidden */
export const requireParticipant = (principal: Principal, { participants }: ConversationView): void => {
  const isPresent = principal.scope === 'module' && participants.includes(principal.module);
  if (!isPresent) requireModule(principal, participants[0] ?? '');
};

export const conversationRoutes =
  (conversations: ConversationService): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/conversations',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'createConversation',
          summary: 'Begin a conversation',
          description:
            'Not needed to send: a message may name a conversation by its first use, and to an agent it has one by default. ' +
            "With a module's key that module takes part.",
          tags,
          body: NewConversation,
          answers: { 201: ConversationView },
          errors: ['module_not_found', 'conflict'],
        }),
      },
      async (request: FastifyRequest<{ Body: NewConversation }>, reply) => {
        const principal = principalOf(request);
        const { participants = [] } = request.body;
        const own = principal.scope === 'module' ? [principal.module] : [];
        const view = await conversations.create({
          ...request.body,
          participants: [...new Set([...own, ...participants])],
        });
        return reply.status(201).send(view);
      },
    );

    app.get(
      '/v1/conversations',
      {
        schema: operation({
          operationId: 'listConversations',
          summary: 'Find conversations, newest first',
          tags,
          querystring: Type.Object({ ...ConversationQuery, ...pageQuery }, { additionalProperties: false }),
          answers: { 200: pageOf(ConversationView) },
        }),
      },
      async (request: FastifyRequest<{ Querystring: ConversationQuery & { limit: number; cursor?: string } }>) => {
        const { limit, cursor, ...query } = request.query;
        const { keys, views } = await conversations.list(query, { below: numberCursor(cursor), limit });
        const last = keys.length === limit ? keys.at(-1) : undefined;
        return { items: views, nextCursor: last === undefined ? null : String(last) };
      },
    );

    app.get(
      '/v1/conversations/:id',
      {
        schema: operation({
          operationId: 'getConversation',
          summary: 'One conversation',
          tags,
          params,
          answers: { 200: ConversationView },
          errors: ['conversation_not_found'],
        }),
      },
      async (request: FastifyRequest<OfConversation>) => await conversations.get(request.params.id),
    );

    app.patch(
      '/v1/conversations/:id',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'patchConversation',
          summary: 'Name, archive or reopen a conversation, or say who takes part',
          description:
            'An archived conversation is nobody’s default any more: the next message to its agent begins a new one. ' +
            'A message that names it opens it again; a reply in it does not.',
          tags,
          params,
          body: ConversationPatch,
          answers: { 200: ConversationView },
          errors: ['conversation_not_found', 'module_not_found'],
        }),
      },
      async (request: FastifyRequest<OfConversation & { Body: ConversationPatch }>) => {
        const { id } = request.params;
        const acting = keepActing();
        requireParticipant(principalOf(request), await conversations.get(id));
        return await acting(() => conversations.update(id, request.body));
      },
    );

    app.delete(
      '/v1/conversations/:id',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'deleteConversation',
          summary: 'Delete a conversation and its messages',
          description:
            'Refused while deliveries are open or a fork reads its history, unless force=true: then they are cancelled, and the fork loses ' +
            'what came before it. Messages, deliveries, dead letters and what agents remember go; the events stay as long as events are kept.',
          tags,
          params,
          querystring: Type.Object({ force: Type.Boolean({ default: false }) }, { additionalProperties: false }),
          answers: { 204: null },
          errors: ['conversation_not_found', 'conversation_in_use'],
        }),
      },
      async (request: FastifyRequest<OfConversation & { Querystring: { force: boolean } }>, reply) => {
        const { id } = request.params;
        const acting = keepActing();
        requireParticipant(principalOf(request), await conversations.get(id));
        await acting(() => conversations.remove(id, request.query.force));
        return reply.status(204).send();
      },
    );
  };
