import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { operation } from '../http/operation.js';
import type { RoutePlugin } from '../http/server.js';
import type { Module } from './module.js';
import { ModuleHealth } from './module-schema.js';
import type { ModuleService } from './module-service.js';

/** How a module's work stands, from folders that this one cannot see. */
export interface ModuleWork {
  of(module: Module): Pick<ModuleHealth, 'pending' | 'leased' | 'dead' | 'processed' | 'errors' | 'breaker'>;
}

export const moduleHealthRoutes =
  (modules: ModuleService, work: ModuleWork): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/modules/:name/health',
      {
        schema: operation({
          operationId: 'getModuleHealth',
          summary: 'How a module is, and how its work stands',
          tags: ['modules'],
          params: Type.Object({ name: Type.String() }),
          answers: { 200: ModuleHealth },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Params: { name: string } }>): Promise<ModuleHealth> => {
        const module = modules.get(request.params.name);
        const { name, status, lastHeartbeatAt } = modules.view(module);
        return { name, status, lastHeartbeatAt, ...work.of(module) };
      },
    );
  };
