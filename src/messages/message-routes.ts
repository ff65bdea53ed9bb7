import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { numberCursor, pageOf, pageQuery } from '../http/paging.js';
import { Problem, problemOf } from '../http/problem.js';
import { requestSignal } from '../http/request-signal.js';
import { sendJson } from '../http/send-json.js';
import type { RoutePlugin } from '../http/server.js';
import { type Principal, requireModule } from '../keys/principal.js';
import { keepActing } from '../lib/acting-key.js';
import { HubError, isHubError } from '../lib/errors.js';
import { queryValidator } from '../lib/json-validator.js';
import { fromPublicId } from '../lib/public-id.js';
import { type KeptAnswer, type RequestKey, requestKeyOf } from './idempotency.js';
import type { IdempotentSend } from './idempotent-send.js';
import {
  deliveryView,
  listedMessageJson,
  listJson,
  messageFields,
  messageJson,
  sentMessageJson,
  taskJson,
  taskOf,
} from './message-json.js';
import { instants, type ListRequest, listFields } from './message-list-schema.js';
import { ListedMessage, MessageDetails, NewMessage, SentMessage } from './message-schema.js';
import type { MessageService } from './message-service.js';
import type { Sent } from './message-writer.js';
import { noneAccepted } from './none-accepted.js';
import { MOST_IN_BATCH, parseMessage, parseMessages } from './send-body.js';
import type { SignatureService } from './signature-service.js';

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
  'idempotency_mismatch',
  'bad_signature',
  'rate_limited',
  'queue_full',
  'disk_full',
] as const;

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

/** What a message knows of the turn that ran it, from a folder that this one cannot see. */
export interface TurnLookup {
  ofMessage(messageId: number): Promise<object | undefined>;
}

export interface Sending {
  readonly messages: MessageService;
  readonly once: IdempotentSend;
}

export interface MessageRouteParts extends Sending {
  readonly turns: TurnLookup;
  readonly signatures: SignatureService;
}

export const messageRoutes =
  ({ messages, once, turns, signatures }: MessageRouteParts): RoutePlugin =>
  (app) => {
    const sending = { messages, once };
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
          headers: Type.Object({
            'idempotency-key': Type.Optional(
              Type.String({
                description: 'The same key and body, within 24 hours: the same answer and no second message',
              }),
            ),
          }),
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
        const key = keyOf(request, body);
        if (Array.isArray(body)) return sendJson(reply, 200, await sendMany(sending, principal, { body, key }));
        const message = parseMessage(body);
        return await answerSend(sending, request, reply, { message, key });
      },
    );

    app.get(
      '/v1/messages',
      {
        schema: operation({
          operationId: 'listMessages',
          summary: 'Find messages, newest first',
          tags,
          querystring: Type.Object({ ...listFields, ...pageQuery }, { additionalProperties: false }),
          answers: { 200: pageOf(ListedMessage) },
        }),
      },
      async (request: FastifyRequest<ListRequest>, reply) => {
        const { limit, cursor, after, before, include, ...filter } = request.query;
        const below = numberCursor(cursor);
        const rows = await messages.list(
          { ...filter, ...instants(after, before), ...(below === undefined ? {} : { below }) },
          limit,
        );
        const deliveries = include && (await Promise.all(rows.map(({ id }) => messages.deliveriesOf(id))));
        const items = rows.map((row, index) => listedMessageJson(row, deliveries?.[index]));
        const last = rows.length === limit ? rows.at(-1) : undefined;
        return sendJson(reply, 200, listJson(items, last === undefined ? null : String(last.id)));
      },
    );

    app.get(
      '/v1/messages/:id',
      {
        schema: operation({
          operationId: 'getMessage',
          summary: 'A message, its deliveries, its task, its reply and its turn',
          tags,
          params,
          answers: { 200: MessageDetails },
          errors: ['message_not_found'],
        }),
      },
      async (request: FastifyRequest<OfMessage>, reply) => {
        const id = messageKeyOf(request.params.id);
        const message = await messages.get(id);
        const rows = await messages.deliveriesOf(id);
        const deliveries = JSON.stringify(rows.map(deliveryView)) + taskJson(taskOf(rows));
        const [answer, turn] = [await messages.replyTo(id), await turns.ofMessage(id)];
        const replyPart = answer === undefined ? '' : `,"reply":${messageJson(answer)}`;
        const isValid = signatures.isValid(message);
        const validPart = isValid === undefined ? '' : `,"signatureValid":${isValid}`;
        const turnPart = turn === undefined ? '' : `,"turn":${JSON.stringify(turn)}`;
        const parts = `"deliveries":${deliveries}${validPart}${replyPart}${turnPart}`;
        return sendJson(reply, 200, `{${messageFields(message)},${parts}}`);
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
        const acting = keepActing();
        requireModule(principalOf(request), (await messages.get(id)).sender);
        return { cancelled: await acting(() => messages.cancel(id)) };
      },
    );
  };

type WaitingRequest = { Querystring: { wait?: number } };

const keyOf = (request: FastifyRequest, body: unknown): RequestKey | undefined =>
  requestKeyOf(principalOf(request).keyId, request.headers['idempotency-key'], body);

const answerSend = async (
  { messages, once }: Sending,
  request: FastifyRequest<WaitingRequest>,
  reply: FastifyReply,
  { message, key }: { message: NewMessage; key: RequestKey | undefined },
) => {
  const acting = keepActing();
  const sender = senderOf(principalOf(request), message.from);
  const waitMs = request.query.wait === undefined ? undefined : request.query.wait * 1000;
  const { messageId, answer } =
    key === undefined
      ? sentAnswer(await messages.send(message, sender, waitMs))
      : await once.send(key, message, { sender, waitMs });
  if (waitMs === undefined || messageId === null) return sendJson(reply, 201, answer);
  const waiting = { timeoutMs: waitMs, signal: requestSignal(reply) };
  const outcome = await acting(() => messages.takeReply(messageId, waiting));
  const found = outcome.kind === 'replied' ? outcome.reply : undefined;
  return sendJson(reply, found === undefined ? 202 : 200, sentMessageJson(await messages.sent(messageId), found));
};

/** Sends a message that another route has made of its own request, and answers as `POST /v1/messages` does. */
export const sendOne =
  (sending: Sending) =>
  async (request: FastifyRequest<WaitingRequest>, reply: FastifyReply, message: NewMessage): Promise<unknown> =>
    await answerSend(sending, request, reply, { message, key: keyOf(request, message) });

const checkQuery = (schema: object) => {
  const problemsOf = queryValidator(schema);
  return (value: unknown) => {
    const problems = problemsOf(value);
    return problems.length === 0 ? { value } : { error: Object.assign(new Error('invalid'), { problems }) };
  };
};

const sentAnswer = (sent: Sent): KeptAnswer => ({ answer: sentMessageJson(sent), messageId: sent.message.id });

const sendMany = async (
  { messages, once }: Sending,
  principal: Principal,
  { body, key }: { body: readonly unknown[]; key: RequestKey | undefined },
): Promise<string> => {
  const parsed = parseMessages(body);
  const senderOfEach = (message: NewMessage): string => senderOf(principal, message.from);
  if (key === undefined) return manyAnswer(await messages.sendAll(parsed, senderOfEach));
  return (await once.sendAll(key, parsed, { senderOf: senderOfEach, answerOf: manyAnswer })).answer;
};

/** @throws the first problem where none was accepted */
export const manyAnswer = (outcomes: readonly (Sent | HubError)[]): string => {
  const refused = outcomes.filter(isHubError);
  if (refused.length === outcomes.length) throw noneAccepted(refused);
  const items = outcomes.map((outcome) =>
    isHubError(outcome) ? `{"problem":${JSON.stringify(problemOf(outcome))}}` : sentMessageJson(outcome),
  );
  return `{"items":[${items.join(',')}]}`;
};
