import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { operation } from '../../http/operation.js';
import type { RoutePlugin } from '../../http/server.js';
import { HubError } from '../../lib/errors.js';
import { fromPublicId } from '../../lib/public-id.js';
import type { ContextService } from './context-service.js';
import { ContextView } from './template-schema.js';

interface ContextRequest {
  Params: { name: string };
  Querystring: { from?: string; template?: string; message?: string };
}

export const contextRoutes =
  (contexts: ContextService): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/modules/:name/context',
      {
        schema: operation({
          operationId: 'getContext',
          summary: 'What an agent would be told: the system prompt and the words that begin a turn',
          description:
            'Made by what makes it for a turn. With `message` it is what that message says to the agent; without, a message that says little stands for it.',
          tags: ['modules'],
          params: Type.Object({ name: Type.String() }),
          querystring: Type.Object(
            {
              from: Type.Optional(Type.String({ description: 'Who asks; the agent itself unless said' })),
              template: Type.Optional(
                Type.String({
                  description:
                    'A kind (query unless said, or what the message is), or the name of any template of turns',
                }),
              ),
              message: Type.Optional(Type.String({ examples: ['msg_48213'] })),
            },
            { additionalProperties: false },
          ),
          answers: { 200: ContextView },
          errors: ['module_not_found', 'message_not_found', 'template_not_found'],
        }),
      },
      async (request: FastifyRequest<ContextRequest>): Promise<ContextView> => {
        const { message: publicId, ...query } = request.query;
        const message = publicId === undefined ? undefined : fromPublicId('msg', publicId);
        if (publicId !== undefined && message === undefined)
          throw new HubError('message_not_found', `There is no message ${JSON.stringify(publicId)}.`);
        return await contexts.show(request.params.name, { ...query, message });
      },
    );
  };
