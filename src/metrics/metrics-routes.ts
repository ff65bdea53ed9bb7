import Type from 'typebox';
import { operation } from '../http/operation.js';
import type { RoutePlugin } from '../http/server.js';
import type { HubMetrics } from './hub-metrics.js';

const exposition = {
  description: 'As Prometheus reads it',
  content: { 'text/plain': { schema: Type.String() } },
};

/** `GET /metrics`: without a key from this machine, with any key from elsewhere. */
export const metricsRoutes =
  (metrics: HubMetrics): RoutePlugin =>
  (app) => {
    app.get(
      '/metrics',
      {
        config: { access: 'loopback' },
        schema: operation({
          operationId: 'getMetrics',
          summary: 'The hub in metrics, for Prometheus',
          description:
            'Without a key over loopback; with any key otherwise. `docs/ops/` has a dashboard and alert rules.',
          tags: ['operations'],
          answers: { 200: exposition as never },
        }),
      },
      async (_request, reply) => reply.header('content-type', metrics.contentType).send(await metrics.text()),
    );
  };
