import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { numberCursor, pageOf, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import { logEntryView } from './task-json.js';
import type { TaskReadingService } from './task-reading-service.js';
import { actorOf, type OfTask, params, taskKeyOf } from './task-routes.js';
import { LogEntry, LogLevel, NewLogEntry } from './task-schema.js';
import type { TaskService } from './task-service.js';

const tags = ['tasks'] as const;

interface ReadRequest extends OfTask {
  Querystring: { level?: string; limit: number; cursor?: string };
}

export const taskLogRoutes =
  (tasks: TaskService, reading: TaskReadingService): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/tasks/:id/log',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'logToTask',
          summary: 'Write into the log of a task',
          description: '`warn` and `warning` are one level: languages differ. Errors and warnings are counted.',
          tags,
          params,
          body: NewLogEntry,
          answers: { 201: LogEntry },
          errors: ['task_not_found'],
        }),
      },
      async (request: FastifyRequest<OfTask & { Body: NewLogEntry }>, reply) => {
        const by = actorOf(principalOf(request));
        return reply.status(201).send(logEntryView(await tasks.log(taskKeyOf(request.params.id), request.body, by)));
      },
    );

    app.get(
      '/v1/tasks/:id/log',
      {
        schema: operation({
          operationId: 'getTaskLog',
          summary: 'The log of a task, oldest first',
          tags,
          params,
          querystring: Type.Object({ level: Type.Optional(LogLevel), ...pageQuery }, { additionalProperties: false }),
          answers: { 200: pageOf(LogEntry) },
          errors: ['task_not_found'],
        }),
      },
      async (request: FastifyRequest<ReadRequest>) => {
        const { limit, cursor, ...level } = request.query;
        const above = numberCursor(cursor) ?? 0;
        const rows = await reading.logOf({ task: taskKeyOf(request.params.id), ...level, above, limit });
        const last = rows.length === limit ? rows.at(-1) : undefined;
        return { items: rows.map(logEntryView), nextCursor: last === undefined ? null : String(last.id) };
      },
    );
  };
