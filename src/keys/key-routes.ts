import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { operation } from '../http/operation.js';
import { pageOf, pageOfSorted, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import type { ModuleService } from '../modules/module-service.js';
import { CreatedKey, KeyView, NewKey, NewModuleKey } from './key-schema.js';
import type { KeyService } from './key-service.js';

const tags = ['keys'] as const;

/** A text that sorts as the keys were made: ids have no leading zeros. */
const ageOf = ({ id }: KeyView): string => id.padStart('key_'.length + 16, '0');

export const keyRoutes =
  (keys: KeyService, modules: ModuleService): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/keys',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'createKey',
          summary: 'Make a key; it is shown once',
          tags,
          body: NewKey,
          answers: { 201: CreatedKey },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Body: NewKey }>, reply) => {
        if (request.body.module !== undefined) modules.get(request.body.module);
        return reply.status(201).send(await keys.create(request.body));
      },
    );
    app.get(
      '/v1/keys',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'listKeys',
          summary: 'All keys, without their secrets',
          tags,
          querystring: Type.Object(pageQuery, { additionalProperties: false }),
          answers: { 200: pageOf(KeyView) },
        }),
      },
      async (request: FastifyRequest<{ Querystring: { limit: number; cursor?: string } }>) =>
        pageOfSorted(await keys.list(), ageOf, request.query),
    );
    app.delete(
      '/v1/keys/:id',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'revokeKey',
          summary: 'Revoke a key at once',
          tags,
          params: Type.Object({ id: Type.String() }),
          answers: { 204: null },
          errors: ['key_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Params: { id: string } }>, reply) => {
        await keys.revoke(request.params.id);
        return reply.status(204).send();
      },
    );
    app.post(
      '/v1/modules/:name/keys',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'createModuleKey',
          summary: 'Make a key that acts as this module; it is shown once',
          tags,
          params: Type.Object({ name: Type.String() }),
          body: Type.Union([NewModuleKey, Type.Null()]),
          answers: { 201: CreatedKey },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Params: { name: string }; Body: { label?: string } | null }>, reply) => {
        const module = modules.get(request.params.name).name;
        return reply.status(201).send(await keys.create({ scope: 'module', module, ...request.body }));
      },
    );
  };
