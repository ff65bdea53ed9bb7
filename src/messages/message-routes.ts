import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { numberCursor, pageOf, pageQuery } from '../http/paging.js';
import { Problem, problemOf } from '../http/problem.js';
import { requestSignal } from '../http/request-signal.js';
import type { RoutePlugin } from '../http/server.js';
import { type Principal, requireModule } from '../keys/principal.js';
import { HubError, isHubError } from '../lib/errors.js';
import { queryValidator } from '../lib/json-validator.js';
import { fromPublicId } from '../lib/public-id.js';
import { deliveryView, listJson, messageFields, messageJson, sentMessageJson } from './message-json.js';
import { DeliveryState, MessageDetails, MessageView, NewMessage, SentMessage } from './message-schema.js';
import type { MessageService } from './message-service.js';
import type { MessageFilter } from './message-types.js';
import { MOST_IN_BATCH, parseMessage, parseMessages } from './send-body.js';

const tags = ['messages'] as const;
export const params = Type.Object({ id: Type.String() });
export const waitQuery = {
  wait: Type.Optional(Type.Number({ minimum: 0, maximum: 60, description: 'Seconds to wait for the reply' })),
};
const sendErrors = [
  'module_not_found',
  'no_capable_module',
  'payload_mismatch',
  'conversation_not_found',
  'queue_full',
  'disk_full',
] as const;

const ListQuery = Type.Object(
  {
    from: Type.Optional(Type.String()),
    to: Type.Optional(Type.String()),
    channel: Type.Optional(Type.String()),
    type: Type.Optional(Type.String()),
    state: Type.Optional(DeliveryState),
    correlationId: Type.Optional(Type.String()),
    conversationId: Type.Optional(Type.String()),
    after: Type.Optional(Type.String({ format: 'date-time', description: 'Sent later than this' })),
    before: Type.Optional(Type.String({ format: 'date-time', description: 'Sent earlier than this' })),
    q: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Words in the payload' })),
    ...pageQuery,
  },
  { additionalProperties: false },
);

interface ListRequest {
  Querystring: Omit<MessageFilter, 'after' | 'before' | 'below'> & {
    after?: string;
    before?: string;
    limit: number;
    cursor?: string;
  };
}

export interface OfMessage {
  Params: { id: string };
}

/** The module that a request speaks for. @throws invalid_request where nobody says, forbidden */
export const senderOf = (principal: Principal, named: string | undefined): string => {
  const sender = named ?? (principal.scope === 'module' ? principal.module : undefined);
  if (sender === undefined) {
    throw new HubError('invalid_request', 'With this key the message must say who sends it.', {
      errors: [{ pointer: '/from', message: 'is required' }],
    });
  }
  requireModule(principal, sender);
  return sender;
};

export const messageKeyOf = (publicId: string): number => {
  const key = fromPublicId('msg', publicId);
  if (key === undefined) throw new HubError('message_not_found', `There is no message ${JSON.stringify(publicId)}.`);
  return key;
};

/** Answers with JSON that is written already. */
export const sendJson = (reply: FastifyReply, status: number, json: string): FastifyReply =>
  reply.status(status).header('content-type', 'application/json; charset=utf-8').send(json);

/** What a message knows of the turn that ran it, from a folder that this one cannot see. */
export interface TurnLookup {
  ofMessage(messageId: number): Promise<object | undefined>;
}

export const messageRoutes =
  (messages: MessageService, turns: TurnLookup): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/messages',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'sendMessages',
          summary: 'Send one message, or up to 1000',
          description:
            'One message: 201 with the stored message and its deliveries; with ?wait=, 200 when the reply came in time, else 202. ' +
            'An array: 200 with an item for each, in the same order: the message, or a problem.',
          tags,
          querystring: Type.Object(waitQuery, { additionalProperties: false }),
          body: Type.Union([NewMessage, Type.Array(NewMessage, { minItems: 1, maxItems: MOST_IN_BATCH })]),
          answers: {
            200: Type.Union([
              SentMessage,
              Type.Object({ items: Type.Array(Type.Union([SentMessage, Type.Object({ problem: Problem })])) }),
            ]),
            201: SentMessage,
            202: SentMessage,
          },
          errors: sendErrors,
        }),
        validatorCompiler: ({ schema, httpPart }) => (httpPart === 'body' ? () => true : checkQuery(schema)),
      },
      async (request: FastifyRequest<{ Body: unknown; Querystring: { wait?: number } }>, reply) => {
        const principal = principalOf(request);
        const { body } = request;
        if (Array.isArray(body)) return await sendMany(messages, principal, body, reply);
        const message = parseMessage(body);
        const sender = senderOf(principal, message.from);
        const { wait } = request.query;
        if (wait === undefined) {
          const sent = await messages.send(message, sender);
          return sendJson(reply, 201, sentMessageJson(sent.message, sent.deliveries));
        }
        const { sent, outcome } = await messages.request(message, sender, {
          timeoutMs: wait * 1000,
          signal: requestSignal(reply),
        });
        const answer = outcome.kind === 'replied' ? outcome.reply : undefined;
        return sendJson(
          reply,
          answer === undefined ? 202 : 200,
          sentMessageJson(sent.message, sent.deliveries, answer),
        );
      },
    );

    app.get(
      '/v1/messages',
      {
        schema: operation({
          operationId: 'listMessages',
          summary: 'Find messages, newest first',
          tags,
          querystring: ListQuery,
          answers: { 200: pageOf(MessageView) },
        }),
      },
      async (request: FastifyRequest<ListRequest>, reply) => {
        const { limit, cursor, after, before, ...filter } = request.query;
        const below = numberCursor(cursor);
        const rows = await messages.list(
          { ...filter, ...instants(after, before), ...(below === undefined ? {} : { below }) },
          limit,
        );
        const last = rows.length === limit ? rows.at(-1) : undefined;
        return sendJson(reply, 200, listJson(rows.map(messageJson), last === undefined ? null : String(last.id)));
      },
    );

    app.get(
      '/v1/messages/:id',
      {
        schema: operation({
          operationId: 'getMessage',
          summary: 'A message, its deliveries, its reply and its turn',
          tags,
          params,
          answers: { 200: MessageDetails },
          errors: ['message_not_found'],
        }),
      },
      async (request: FastifyRequest<OfMessage>, reply) => {
        const id = messageKeyOf(request.params.id);
        const message = await messages.get(id);
        const deliveries = JSON.stringify((await messages.deliveriesOf(id)).map(deliveryView));
        const answer = await messages.replyTo(id);
        const turn = await turns.ofMessage(id);
        const replyPart = answer === undefined ? '' : `,"reply":${messageJson(answer)}`;
        const turnPart = turn === undefined ? '' : `,"turn":${JSON.stringify(turn)}`;
        return sendJson(reply, 200, `{${messageFields(message)},"deliveries":${deliveries}${replyPart}${turnPart}}`);
      },
    );

    app.post(
      '/v1/messages/:id/cancel',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'cancelMessage',
          summary: 'Cancel what is still open of a message',
          tags,
          params,
          body: Type.Union([Type.Object({}, { additionalProperties: false }), Type.Null()]),
          answers: { 200: Type.Object({ cancelled: Type.Integer({ description: 'Deliveries that this cancelled' }) }) },
          errors: ['message_not_found'],
        }),
      },
      async (request: FastifyRequest<OfMessage>) => {
        const id = messageKeyOf(request.params.id);
        requireModule(principalOf(request), (await messages.get(id)).sender);
        return { cancelled: await messages.cancel(id) };
      },
    );
  };

const checkQuery = (schema: object) => {
  const problemsOf = queryValidator(schema);
  return (value: unknown) => {
    const problems = problemsOf(value);
    return problems.length === 0 ? { value } : { error: Object.assign(new Error('invalid'), { problems }) };
  };
};

const sendMany = async (
  messages: MessageService,
  principal: Principal,
  body: readonly unknown[],
  reply: FastifyReply,
): Promise<FastifyReply> => {
  const outcomes = await messages.sendAll(parseMessages(body), (message) => senderOf(principal, message.from));
  const refused = outcomes.filter(isHubError);
  const [first] = refused;
  if (first !== undefined && refused.length === outcomes.length) {
    throw new HubError(
      first.code,
      `None of the ${outcomes.length} messages was accepted. The first: ${first.message}`,
      {
        errors: outcomes
          .flatMap((outcome, index) =>
            isHubError(outcome)
              ? [{ pointer: `/${index}${outcome.errors?.[0]?.pointer ?? ''}`, message: outcome.message }]
              : [],
          )
          .slice(0, 20),
      },
    );
  }
  const items = outcomes.map((outcome) =>
    isHubError(outcome)
      ? `{"problem":${JSON.stringify(problemOf(outcome))}}`
      : sentMessageJson(outcome.message, outcome.deliveries),
  );
  return sendJson(reply, 200, `{"items":[${items.join(',')}]}`);
};

const instants = (after: string | undefined, before: string | undefined) => ({
  ...(after === undefined ? {} : { after: Date.parse(after) }),
  ...(before === undefined ? {} : { before: Date.parse(before) }),
});
