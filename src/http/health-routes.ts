import Type from 'typebox';
import { operation } from './operation.js';
import type { RoutePlugin } from './server.js';

const Check = Type.Object({ ok: Type.Boolean(), detail: Type.Optional(Type.String()) });
const Liveness = Type.Object({ status: Type.Literal('ok') });
const Readiness = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('draining'), Type.Literal('failed')]),
  checks: Type.Record(Type.String(), Check),
});

export interface HealthPort {
  readiness(): {
    readonly status: 'ready' | 'draining' | 'failed';
    readonly checks: Readonly<Record<string, { ok: boolean; detail?: string }>>;
  };
}

export const healthRoutes =
  (health: HealthPort): RoutePlugin =>
  (app) => {
    app.get(
      '/livez',
      {
        config: { access: 'open' },
        schema: operation({
          operationId: 'getLiveness',
          summary: 'Does the process answer?',
          tags: ['operations'],
          isOpen: true,
          answers: { 200: Liveness },
        }),
      },
      async () => ({ status: 'ok' }),
    );
    app.get(
      '/readyz',
      {
        config: { access: 'open' },
        schema: operation({
          operationId: 'getReadiness',
          summary: 'Should it be sent work?',
          description: '503 while the hub starts or drains, and when its disk has failed.',
          tags: ['operations'],
          isOpen: true,
          answers: { 200: Readiness, 503: Readiness },
        }),
      },
      async (_request, reply) => {
        const { status, checks } = health.readiness();
        return reply.status(status === 'ready' ? 200 : 503).send({ status, checks });
      },
    );
  };
