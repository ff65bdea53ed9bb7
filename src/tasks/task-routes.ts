import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import Type, { type Static, type TSchema } from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { numberCursor, pageOf, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import { type Principal, requireModule } from '../keys/principal.js';
import { HubError } from '../lib/errors.js';
import { fromPublicId } from '../lib/public-id.js';
import { csvHeader, csvLine } from './task-csv.js';
import type { TaskReadingService } from './task-reading-service.js';
import { ClaimTask, NewTask, TaskPatch, TaskState, TaskTree, TaskView } from './task-schema.js';
import type { Actor, TaskService } from './task-service.js';
import type { TaskFilter } from './task-types.js';

const tags = ['tasks'] as const;
export const params = Type.Object({ id: Type.String() });

const filterFields = {
  state: Type.Optional(TaskState),
  kind: Type.Optional(Type.String()),
  assignee: Type.Optional(Type.String()),
  createdBy: Type.Optional(Type.String()),
  parent: Type.Optional(Type.String({ description: 'Children of this task', examples: ['task_7'] })),
  message: Type.Optional(Type.String({ description: 'Tasks of this message', examples: ['msg_48213'] })),
  q: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Words in the title or the note' })),
  after: Type.Optional(Type.String({ format: 'date-time', description: 'Made later than this' })),
  before: Type.Optional(Type.String({ format: 'date-time', description: 'Made earlier than this' })),
};
const TaskQuery = Type.Object({ ...filterFields, ...pageQuery }, { additionalProperties: false });
const ExportQuery = Type.Object(
  { format: Type.Enum(['csv', 'jsonl'], { default: 'jsonl' }), ...filterFields },
  { additionalProperties: false },
);
const exported = {
  description: 'A line for each task',
  content: { 'application/jsonl': { schema: Type.String() }, 'text/csv': { schema: Type.String() } },
} as unknown as TSchema;
const FilterTexts = Type.Object(filterFields);
type FilterTexts = Static<typeof FilterTexts>;

export interface OfTask {
  Params: { id: string };
}

export const taskKeyOf = (publicId: string): number => {
  const key = fromPublicId('task', publicId);
  if (key === undefined) throw new HubError('task_not_found', `There is no task ${JSON.stringify(publicId)}.`);
  return key;
};

/** The module that a request speaks for; nobody in particular with an admin key. */
export const actorOf = (principal: Principal): Actor => (principal.scope === 'module' ? principal.module : undefined);

/** @throws invalid_request where nobody says who claims, forbidden */
const claimantOf = (principal: Principal, body: ClaimTask): string => {
  const module = body?.module ?? actorOf(principal);
  if (module === undefined)
    throw new HubError('invalid_request', 'With this key the claim must say which module it is for.', {
      errors: [{ pointer: '/module', message: 'is required' }],
    });
  requireModule(principal, module);
  return module;
};

export const taskRoutes =
  (tasks: TaskService, reading: TaskReadingService): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/tasks',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'createTask',
          summary: 'Make a task',
          tags,
          body: NewTask,
          answers: { 201: TaskView },
          errors: ['task_not_found', 'task_cycle', 'state_conflict', 'module_not_found', 'message_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Body: NewTask }>, reply) =>
        reply.status(201).send(await tasks.create(request.body, actorOf(principalOf(request)))),
    );

    app.get(
      '/v1/tasks',
      {
        schema: operation({
          operationId: 'listTasks',
          summary: 'Find tasks, newest first',
          tags,
          querystring: TaskQuery,
          answers: { 200: pageOf(TaskView) },
        }),
      },
      async (request: FastifyRequest<{ Querystring: FilterTexts & { limit: number; cursor?: string } }>) => {
        const { limit, cursor, ...texts } = request.query;
        const below = numberCursor(cursor);
        const items = await reading.list({ ...filterOf(texts), ...(below === undefined ? {} : { below }) }, limit);
        const last = items.length === limit ? items.at(-1) : undefined;
        return { items, nextCursor: last === undefined ? null : String(taskKeyOf(last.id)) };
      },
    );

    app.get(
      '/v1/tasks/export',
      {
        schema: operation({
          operationId: 'exportTasks',
          summary: 'All tasks that fit, as CSV or as lines of JSON',
          description:
            'Streamed, newest first. In CSV, texts that a spreadsheet would run as a formula begin with an apostrophe.',
          tags,
          querystring: ExportQuery,
          answers: { 200: exported },
        }),
      },
      async (request: FastifyRequest<{ Querystring: FilterTexts & { format: 'csv' | 'jsonl' } }>, reply) => {
        const { format, ...texts } = request.query;
        const pages = reading.all(filterOf(texts));
        return reply
          .header('content-type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8')
          .header('content-disposition', `attachment; filename="tasks.${format}"`)
          .send(Readable.from(format === 'csv' ? asCsv(pages) : asJsonLines(pages)));
      },
    );

    app.get(
      '/v1/tasks/:id',
      {
        schema: operation({
          operationId: 'getTask',
          summary: 'One task',
          tags,
          params,
          answers: { 200: TaskView },
          errors: ['task_not_found'],
        }),
      },
      async (request: FastifyRequest<OfTask>) => await reading.view(taskKeyOf(request.params.id)),
    );

    app.patch(
      '/v1/tasks/:id',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'patchTask',
          summary: 'Say how a task goes on',
          description:
            'pending -> running -> completed, failed or cancelled; running <-> paused; failed or cancelled -> pending tries it again; ' +
            'running -> pending gives it back. Progress starts a pending task, and so does its end.',
          tags,
          params,
          body: TaskPatch,
          answers: { 200: TaskView },
          errors: ['task_not_found', 'state_conflict', 'task_blocked', 'task_cycle', 'module_not_found'],
        }),
      },
      async (request: FastifyRequest<OfTask & { Body: TaskPatch }>) =>
        await tasks.patch(taskKeyOf(request.params.id), request.body, actorOf(principalOf(request))),
    );

    app.delete(
      '/v1/tasks/:id',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'deleteTask',
          summary: 'Delete a task with its log',
          description: 'Refused while it has children, or others wait for it, unless force=true.',
          tags,
          params,
          querystring: Type.Object({ force: Type.Boolean({ default: false }) }, { additionalProperties: false }),
          answers: { 204: null },
          errors: ['task_not_found', 'state_conflict'],
        }),
      },
      async (request: FastifyRequest<OfTask & { Querystring: { force: boolean } }>, reply) => {
        const by = actorOf(principalOf(request));
        await tasks.remove(taskKeyOf(request.params.id), { force: request.query.force, by });
        return reply.status(204).send();
      },
    );

    app.post(
      '/v1/tasks/:id/claim',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'claimTask',
          summary: 'Take a free task and start it',
          description: 'Of many who claim it at once, one gets it; the others are told that it is taken.',
          tags,
          params,
          body: ClaimTask,
          answers: { 200: TaskView },
          errors: ['task_not_found', 'task_taken', 'task_blocked', 'state_conflict', 'module_not_found'],
        }),
      },
      async (request: FastifyRequest<OfTask & { Body: ClaimTask }>) => {
        const module = claimantOf(principalOf(request), request.body);
        return await tasks.claim(taskKeyOf(request.params.id), module);
      },
    );

    app.get(
      '/v1/tasks/:id/tree',
      {
        schema: operation({
          operationId: 'getTaskTree',
          summary: 'A task with everything below it',
          tags,
          params,
          answers: { 200: TaskTree },
          errors: ['task_not_found'],
        }),
      },
      async (request: FastifyRequest<OfTask>) => await reading.tree(taskKeyOf(request.params.id)),
    );
  };

const filterOf = ({ parent, message, after, before, ...filter }: FilterTexts): TaskFilter => ({
  ...filter,
  ...(parent === undefined ? {} : { parent: fromPublicId('task', parent) ?? 0 }),
  ...(message === undefined ? {} : { message: fromPublicId('msg', message) ?? 0 }),
  ...(after === undefined ? {} : { after: Date.parse(after) }),
  ...(before === undefined ? {} : { before: Date.parse(before) }),
});

async function* asCsv(pages: AsyncIterable<readonly TaskView[]>): AsyncGenerator<string> {
  yield csvHeader;
  for await (const page of pages) yield page.map(csvLine).join('');
}

async function* asJsonLines(pages: AsyncIterable<readonly TaskView[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((task) => `${JSON.stringify(task)}\n`).join('');
}
