import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { operation } from '../http/operation.js';
import { numberCursor, pageOf, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import { keepActing } from '../lib/acting-key.js';
import { HubError } from '../lib/errors.js';
import { fromPublicId } from '../lib/public-id.js';
import { InstanceMessage, InstanceState, InstanceView, NewInstance } from './instance-schema.js';
import type { InstanceService } from './instance-service.js';

const tags = ['instances'] as const;
const params = Type.Object({ id: Type.String({ examples: ['inst_5'] }) });
const noBody = Type.Union([Type.Object({}, { additionalProperties: false }), Type.Null()]);

const ListQuery = Type.Object(
  {
    module: Type.Optional(Type.String()),
    conversation: Type.Optional(Type.String()),
    state: Type.Optional(InstanceState),
    ...pageQuery,
  },
  { additionalProperties: false },
);

interface ListRequest {
  Querystring: {
    module?: string;
    conversation?: string;
    state?: InstanceView['state'];
    limit: number;
    cursor?: string;
  };
}

interface OfInstance {
  Params: { id: string };
}

interface SendRequest extends OfInstance {
  Body: InstanceMessage;
  Querystring: { wait?: number };
}

/** Sends as `POST /v1/messages` does, and answers the same. From a folder whose routes this one cannot see. */
export type SendMessage = (
  request: FastifyRequest<SendRequest>,
  reply: FastifyReply,
  message: InstanceMessage & { readonly to: string; readonly conversationId: string },
) => Promise<unknown>;

const keyOf = ({ params }: FastifyRequest<OfInstance>): number => {
  const key = fromPublicId('inst', params.id);
  if (key === undefined) throw new HubError('instance_not_found', `There is no instance ${JSON.stringify(params.id)}.`);
  return key;
};

const verbs = {
  pause: ['pauseInstance', 'It takes no new turn; messages of its conversation wait'],
  resume: ['resumeInstance', 'It takes turns again'],
  interrupt: ['interruptInstance', 'The turn that it is at ends now, and its message fails for good'],
  restart: ['restartInstance', 'A new process in its place, with the same session; a turn under way is run again'],
} as const;

/** @param sent what the operation of `POST /v1/messages` answers */
export const instanceRoutes =
  (instances: InstanceService, sendMessage: SendMessage, sent: TSchema): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/instances',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'startInstance',
          summary: 'Start an agent process ahead of its first message',
          description:
            'Of a conversation, of the one that a module has with the agent by default, or a spare. 200 where the conversation has an instance already.',
          tags,
          body: NewInstance,
          answers: { 200: InstanceView, 201: InstanceView },
          errors: ['module_not_found', 'conversation_not_found', 'instances_full', 'agent_crashed'],
        }),
      },
      async (request: FastifyRequest<{ Body: NewInstance }>, reply) => {
        const { view, isNew } = await instances.start(request.body);
        return reply.status(isNew ? 201 : 200).send(view);
      },
    );
    app.get(
      '/v1/instances',
      {
        schema: operation({
          operationId: 'listInstances',
          summary: 'The live agent processes, or those of one state, newest first',
          tags,
          querystring: ListQuery,
          answers: { 200: pageOf(InstanceView) },
        }),
      },
      async (request: FastifyRequest<ListRequest>) => {
        const { limit, cursor, ...filter } = request.query;
        const below = numberCursor(cursor);
        const items = await instances.list({ ...filter, ...(below === undefined ? {} : { below }) }, limit);
        const last = items.length === limit ? items.at(-1) : undefined;
        return { items, nextCursor: last === undefined ? null : last.id.slice('inst_'.length) };
      },
    );
    app.get(
      '/v1/instances/:id',
      {
        schema: operation({
          operationId: 'getInstance',
          summary: 'One agent process: its state, what it uses, what it has done',
          tags,
          params,
          answers: { 200: InstanceView },
          errors: ['instance_not_found'],
        }),
      },
      async (request: FastifyRequest<OfInstance>) => await instances.get(keyOf(request)),
    );
    for (const verb of ['pause', 'resume', 'interrupt', 'restart'] as const) {
      const [operationId, summary] = verbs[verb];
      app.post(
        `/v1/instances/:id/${verb}`,
        {
          config: { access: 'admin' },
          schema: operation({
            operationId,
            summary,
            tags,
            params,
            body: noBody,
            answers: { 200: InstanceView },
            errors: ['instance_not_found', 'state_conflict', 'agent_crashed'],
          }),
        },
        async (request: FastifyRequest<OfInstance>) => await instances[verb](keyOf(request)),
      );
    }
    app.delete(
      '/v1/instances/:id',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'stopInstance',
          summary: 'Stop an agent process',
          description:
            '202 while a turn comes to its end, 204 when nothing of it is left. With ?force=true it is killed, and a turn under way is run again by another.',
          tags,
          params,
          querystring: Type.Object(
            { force: Type.Optional(Type.Boolean({ default: false })) },
            { additionalProperties: false },
          ),
          answers: { 202: InstanceView, 204: null },
          errors: ['instance_not_found', 'state_conflict'],
        }),
      },
      async (request: FastifyRequest<OfInstance & { Querystring: { force: boolean } }>, reply) => {
        const view = await instances.stop(keyOf(request), request.query.force);
        return view === undefined ? reply.status(204).send() : reply.status(202).send(view);
      },
    );
    app.post(
      '/v1/instances/:id/messages',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'sendToInstance',
          summary: 'Send a message to the agent of an instance, in the conversation of the instance',
          description: '201 with the stored message; with ?wait=, 200 when the reply came in time, else 202.',
          tags,
          params,
          querystring: Type.Object(
            {
              wait: Type.Optional(
                Type.Number({ minimum: 0, maximum: 60, description: 'Seconds to wait for the reply' }),
              ),
            },
            { additionalProperties: false },
          ),
          body: InstanceMessage,
          answers: { 200: sent, 201: sent, 202: sent },
          errors: ['instance_not_found', 'state_conflict', 'module_not_found', 'payload_mismatch', 'rate_limited'],
        }),
      },
      async (request: FastifyRequest<SendRequest>, reply) => {
        const acting = keepActing();
        const address = await instances.addressOf(keyOf(request));
        return await acting(() => sendMessage(request, reply, { ...request.body, ...address }));
      },
    );
  };
