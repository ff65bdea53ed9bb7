import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { pageOf, pageOfSorted, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import { type Principal, requireModule } from '../keys/principal.js';
import { HubError } from '../lib/errors.js';
import { bodyValidator } from '../lib/json-validator.js';
import { mergePatch } from './merge-patch.js';
import { etagOf, type Module, runtimeOf } from './module.js';
import { Descriptor, DescriptorPatch, Heartbeat, ModuleName, ModuleQuery, ModuleView } from './module-schema.js';
import type { ModuleService } from './module-service.js';

const tags = ['modules'] as const;
const params = Type.Object({ name: ModuleName });
const anyName = Type.Object({ name: Type.String() });
const matchHeader = Type.Object({
  'if-match': Type.Optional(Type.String({ description: 'Only if the module still has this ETag' })),
});
const descriptorProblems = bodyValidator(Descriptor);

interface OfModule {
  Params: { name: string };
}

/** What runs for a module, what that may do and spend: an agent with a key of its module must not give itself more. */
const operatorPart = (descriptor: Descriptor): string =>
  JSON.stringify([runtimeOf(descriptor), descriptor.permissions, descriptor.limits?.budget]);

/** A key of a module may describe it, but not give the hub a program to run. @throws forbidden */
const requireRegistrar = (
  principal: Principal,
  name: string,
  descriptor: Descriptor,
  present: Module | undefined,
): void => {
  requireModule(principal, name);
  if (principal.scope === 'admin' || runtimeOf(descriptor).type === 'pull') return;
  const isSame = present !== undefined && operatorPart(present.descriptor) === operatorPart(descriptor);
  if (!isSame)
    throw new HubError('forbidden', 'This key lacks the scope admin, which a runtime other than pull needs.');
};

export const moduleRoutes =
  (modules: ModuleService): RoutePlugin =>
  (app) => {
    const sendModule = (reply: FastifyReply, status: number, module: Module): FastifyReply =>
      reply.status(status).header('etag', etagOf(module)).send(modules.view(module));

    app.put(
      '/v1/modules/:name',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'putModule',
          summary: 'Register a module, or replace its descriptor',
          description: 'JSON, or YAML with content-type: application/yaml.',
          tags,
          params,
          headers: matchHeader,
          body: Descriptor,
          consumes: ['application/json', 'application/yaml'],
          answers: { 200: ModuleView, 201: ModuleView },
          errors: ['precondition_failed', 'invalid_yaml'],
        }),
      },
      async (request: FastifyRequest<OfModule & { Body: Descriptor }>, reply) => {
        const { name } = request.params;
        requireRegistrar(principalOf(request), name, request.body, modules.find(name));
        const { outcome, module } = await modules.register(name, request.body, {
          source: 'api',
          ifMatch: request.headers['if-match'],
        });
        return sendModule(reply, outcome === 'created' ? 201 : 200, module);
      },
    );

    app.get(
      '/v1/modules',
      {
        schema: operation({
          operationId: 'listModules',
          summary: 'Find modules',
          tags,
          querystring: Type.Object({ ...ModuleQuery.properties, ...pageQuery }, { additionalProperties: false }),
          answers: { 200: pageOf(ModuleView) },
        }),
      },
      async (request: FastifyRequest<{ Querystring: ModuleQuery & { limit: number; cursor?: string } }>) => {
        const { items, nextCursor } = pageOfSorted(modules.list(request.query), (module) => module.name, request.query);
        return { items: items.map((module) => modules.view(module)), nextCursor };
      },
    );

    app.get(
      '/v1/modules/:name',
      {
        schema: operation({
          operationId: 'getModule',
          summary: 'One module',
          tags,
          params: anyName,
          answers: { 200: ModuleView },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<OfModule>, reply) => sendModule(reply, 200, modules.get(request.params.name)),
    );

    app.patch(
      '/v1/modules/:name',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'patchModule',
          summary: 'Change parts of a descriptor',
          description: 'A JSON merge patch (RFC 7396): null removes a member.',
          tags,
          params: anyName,
          headers: matchHeader,
          body: DescriptorPatch,
          consumes: ['application/json', 'application/merge-patch+json'],
          answers: { 200: ModuleView },
          errors: ['module_not_found', 'precondition_failed'],
        }),
      },
      async (request: FastifyRequest<OfModule & { Body: Record<string, unknown> }>, reply) => {
        const present = modules.get(request.params.name);
        const merged = mergePatch(present.descriptor, request.body) as Descriptor;
        const problems = descriptorProblems(merged);
        if (problems.length > 0)
          throw new HubError('invalid_request', 'With this change the descriptor would not be valid.', {
            errors: problems,
          });
        requireRegistrar(principalOf(request), present.name, merged, present);
        const ifMatch = request.headers['if-match'] ?? etagOf(present);
        return sendModule(reply, 200, await modules.patch(present.name, merged, ifMatch));
      },
    );

    app.delete(
      '/v1/modules/:name',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'deleteModule',
          summary: 'Remove a module',
          description: 'Refused while deliveries are open, unless force=true: then they become dead letters.',
          tags,
          params: anyName,
          querystring: Type.Object({ force: Type.Boolean({ default: false }) }, { additionalProperties: false }),
          answers: { 204: null },
          errors: ['module_not_found', 'module_has_open_deliveries'],
        }),
      },
      async (request: FastifyRequest<OfModule & { Querystring: { force: boolean } }>, reply) => {
        requireModule(principalOf(request), request.params.name);
        await modules.remove(request.params.name, request.query.force);
        return reply.status(204).send();
      },
    );

    app.post(
      '/v1/modules/:name/heartbeat',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'heartbeat',
          summary: 'Say that a module lives, and what it does',
          tags,
          params: anyName,
          body: Type.Union([Heartbeat, Type.Null()]),
          answers: { 200: ModuleView },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<OfModule & { Body: Heartbeat | null }>) => {
        requireModule(principalOf(request), request.params.name);
        return modules.view(await modules.heartbeat(request.params.name, request.body ?? {}));
      },
    );
  };
