import type { FastifyRequest } from 'fastify';
import { operation } from '../http/operation.js';
import type { RoutePlugin } from '../http/server.js';
import { StatsQuery, TaskStats, TaskTimeline, TimelineQuery } from './task-statistics-schema.js';
import type { TaskStatisticsService } from './task-statistics-service.js';

const tags = ['tasks'] as const;

export const taskStatisticsRoutes =
  (statistics: TaskStatisticsService): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/tasks/stats',
      {
        schema: operation({
          operationId: 'getTaskStats',
          summary: 'Tasks in numbers: states, kinds, durations, throughput',
          description:
            '`after` and `before` narrow the counts to what was made then, and the durations to what was completed then.',
          tags,
          querystring: StatsQuery,
          answers: { 200: TaskStats },
        }),
      },
      async (request: FastifyRequest<{ Querystring: StatsQuery }>) => await statistics.stats(request.query),
    );
    app.get(
      '/v1/tasks/timeline',
      {
        schema: operation({
          operationId: 'getTaskTimeline',
          summary: 'Tasks over time, for charts',
          description: 'The last hour, unless `after` and `before` say otherwise.',
          tags,
          querystring: TimelineQuery,
          answers: { 200: TaskTimeline },
        }),
      },
      async (request: FastifyRequest<{ Querystring: TimelineQuery }>) => await statistics.timeline(request.query),
    );
  };
