import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import type { RoutePlugin } from '../http/server.js';
import { requireModule } from '../keys/principal.js';
import { NAME_PATTERN } from '../lib/names.js';
import type { ReplayService } from './replay-service.js';

const Bound = (description: string) =>
  Type.Union([Type.Integer({ minimum: 0 }), Type.String({ format: 'date-time' })], { description });

const Replay = Type.Object(
  {
    module: Type.String({ pattern: NAME_PATTERN, description: 'Whose inbox it is delivered to' }),
    after: Type.Optional(Bound('Only messages after this time or seq')),
    before: Type.Optional(Bound('Only messages before this time or seq')),
    types: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { minItems: 1, maxItems: 100 })),
  },
  { additionalProperties: false, title: 'Replay', examples: [{ module: 'Observer', after: '2026-01-01T00:00:00Z' }] },
);
type Replay = Static<typeof Replay>;

export const replayRoutes =
  (replays: ReplayService): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/channels/:channel/replay',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'replayChannel',
          summary: "Deliver a channel's history again to a module, marked as replayed",
          tags: ['channels'],
          params: Type.Object({ channel: Type.String() }),
          body: Replay,
          answers: { 200: Type.Object({ replayed: Type.Integer() }) },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Params: { channel: string }; Body: Replay }>) => {
        const { module, after, before, types } = request.body;
        requireModule(principalOf(request), module);
        const { channel } = request.params;
        return {
          replayed: await replays.replay({
            channel,
            module,
            types,
            ...bound('after', after),
            ...bound('before', before),
          }),
        };
      },
    );
  };

const bound = (name: 'after' | 'before', value: number | string | undefined) => {
  if (value === undefined) return {};
  return typeof value === 'number' ? { [`${name}Seq`]: value } : { [name]: Date.parse(value) };
};
