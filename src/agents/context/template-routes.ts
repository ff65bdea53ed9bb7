import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { operation } from '../../http/operation.js';
import { pageOf, pageOfSorted, pageQuery } from '../../http/paging.js';
import type { RoutePlugin } from '../../http/server.js';
import { HubError } from '../../lib/errors.js';
import { NewTemplate, TemplateName, TemplateView } from './template-schema.js';
import type { TemplateService } from './template-service.js';

const tags = ['templates'] as const;
const params = Type.Object({ name: TemplateName });

interface OfTemplate {
  Params: { name: string };
}

export const templateRoutes =
  (templates: TemplateService): RoutePlugin =>
  (app) => {
    app.put(
      '/v1/templates/:name',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'putTemplate',
          summary: 'Keep a template of what agents are told, or a new revision of it',
          description:
            'One by the name of a kind (query, follow-up, multi-turn, response, error) or `system` takes the place of the one that the hub brings; ' +
            'others are named by descriptors (context.templates). JSON, or YAML with content-type: application/yaml. ' +
            'A variable that is not known is refused, with its place, and so is what would break a template that extends this one.',
          tags,
          params,
          body: NewTemplate,
          consumes: ['application/json', 'application/yaml'],
          answers: { 200: TemplateView, 201: TemplateView },
          errors: ['template_invalid', 'invalid_yaml'],
        }),
      },
      async (request: FastifyRequest<OfTemplate & { Body: NewTemplate }>, reply) => {
        const { name } = request.params;
        if (request.body.name !== undefined && request.body.name !== name)
          throw new HubError('invalid_request', `The template's name is not the one in the address, ${name}.`, {
            errors: [{ pointer: '/name', message: 'must be the name in the address' }],
          });
        const { view, isNew } = await templates.put(name, request.body);
        return reply.status(isNew ? 201 : 200).send(view);
      },
    );

    app.get(
      '/v1/templates',
      {
        schema: operation({
          operationId: 'listTemplates',
          summary: 'All templates, those that the hub brings among them',
          tags,
          querystring: Type.Object(pageQuery, { additionalProperties: false }),
          answers: { 200: pageOf(TemplateView) },
        }),
      },
      async (request: FastifyRequest<{ Querystring: { limit: number; cursor?: string } }>) =>
        pageOfSorted(await templates.list(), ({ name }) => name, request.query),
    );

    app.get(
      '/v1/templates/:name',
      {
        schema: operation({
          operationId: 'getTemplate',
          summary: 'One template',
          tags,
          params: Type.Object({ name: Type.String() }),
          querystring: Type.Object(
            {
              revision: Type.Optional(Type.Integer({ minimum: 1, description: 'An earlier one of a stored template' })),
            },
            { additionalProperties: false },
          ),
          answers: { 200: TemplateView },
          errors: ['template_not_found'],
        }),
      },
      async (request: FastifyRequest<OfTemplate & { Querystring: { revision?: number } }>) =>
        await templates.get(request.params.name, request.query.revision),
    );

    app.delete(
      '/v1/templates/:name',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'deleteTemplate',
          summary: 'Delete a stored template with all its revisions',
          description:
            'What the hub or a file brings under that name counts again. Refused while a template needs what is deleted.',
          tags,
          params: Type.Object({ name: Type.String() }),
          answers: { 204: null },
          errors: ['template_not_found', 'conflict'],
        }),
      },
      async (request: FastifyRequest<OfTemplate>, reply) => {
        await templates.remove(request.params.name);
        return reply.status(204).send();
      },
    );
  };
