import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { operation } from '../http/operation.js';
import { numberCursor, pageOf, pageQuery } from '../http/paging.js';
import type { RoutePlugin } from '../http/server.js';
import { optionalRfc3339 } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { fromPublicId } from '../lib/public-id.js';
import type { DeadLetter, DeadLetterService } from './dead-letter-service.js';
import { deliveryView, messageJson } from './message-json.js';
import { DeliveryError, DeliveryId, DeliveryView, MessageView } from './message-schema.js';

const tags = ['deliveries'] as const;
const Instant = Type.String({ format: 'date-time' });

const Attempt = Type.Object({
  attempt: Type.Integer(),
  holder: Type.Optional(Type.String()),
  startedAt: Type.Optional(Instant),
  endedAt: Instant,
  outcome: Type.Union([Type.Literal('failed'), Type.Literal('lease_expired')]),
  error: Type.Optional(DeliveryError),
});
const DeadLetterView = Type.Object(
  { delivery: DeliveryView, message: MessageView, attempts: Type.Array(Attempt) },
  { title: 'DeadLetter' },
);

const filter = {
  module: Type.Optional(Type.String()),
  type: Type.Optional(Type.String()),
  before: Type.Optional(Type.String({ format: 'date-time', description: 'Died before this' })),
};
const Redrive = Type.Object(
  { ids: Type.Optional(Type.Array(DeliveryId, { minItems: 1, maxItems: 1000 })), ...filter },
  {
    additionalProperties: false,
    minProperties: 1,
    title: 'Redrive',
    examples: [{ module: 'Processor', before: '2026-01-01T00:00:00Z' }],
  },
);
type Redrive = Static<typeof Redrive>;

const instant = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));

const keyOf = (publicId: string): number => {
  const key = fromPublicId('dlv', publicId);
  if (key === undefined) throw new HubError('delivery_not_found', `There is no delivery ${JSON.stringify(publicId)}.`);
  return key;
};

const view = ({ delivery, message, attempts }: DeadLetter) => ({
  delivery: deliveryView(delivery),
  message: JSON.parse(messageJson(message)) as object,
  attempts: attempts.map((attempt) => ({
    attempt: attempt.attempt,
    ...(attempt.holder === null ? {} : { holder: attempt.holder }),
    ...(attempt.started_at === null ? {} : { startedAt: optionalRfc3339(attempt.started_at) }),
    endedAt: optionalRfc3339(attempt.ended_at),
    outcome: attempt.outcome,
    ...(attempt.error === null ? {} : { error: JSON.parse(attempt.error) as object }),
  })),
});

export const deadLetterRoutes =
  (deadLetters: DeadLetterService): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/dead-letters',
      {
        schema: operation({
          operationId: 'listDeadLetters',
          summary: 'Dead letters, newest first, with all their attempts',
          tags,
          querystring: Type.Object({ ...filter, ...pageQuery }, { additionalProperties: false }),
          answers: { 200: pageOf(DeadLetterView) },
        }),
      },
      async (request: FastifyRequest<{ Querystring: Omit<Redrive, 'ids'> & { limit: number; cursor?: string } }>) => {
        const { limit, cursor, before, module, type } = request.query;
        const found = await deadLetters.list(
          { module, type, before: instant(before) },
          numberCursor(cursor) ?? Number.MAX_SAFE_INTEGER,
          limit,
        );
        const last = found.length === limit ? found.at(-1) : undefined;
        return { items: found.map(view), nextCursor: last === undefined ? null : String(last.delivery.id) };
      },
    );
    app.post(
      '/v1/dead-letters/redrive',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'redrive',
          summary: 'Let dead letters stand in line again',
          description:
            'Those named by ids, or all that fit the filter; where they came from and their attempts are kept.',
          tags,
          body: Redrive,
          answers: { 200: Type.Object({ redriven: Type.Integer(), ids: Type.Array(DeliveryId) }) },
          errors: ['delivery_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Body: Redrive }>) => {
        const { ids, module, type, before } = request.body;
        const redriven = await deadLetters.redrive({ ids: ids?.map(keyOf), module, type, before: instant(before) });
        return { redriven: redriven.length, ids: redriven.map((id) => `dlv_${id}`) };
      },
    );
    app.delete(
      '/v1/dead-letters/:id',
      {
        config: { access: 'admin' },
        schema: operation({
          operationId: 'deleteDeadLetter',
          summary: 'Delete a dead letter',
          tags,
          params: Type.Object({ id: Type.String() }),
          answers: { 204: null },
          errors: ['delivery_not_found', 'state_conflict'],
        }),
      },
      async (request: FastifyRequest<{ Params: { id: string } }>, reply) => {
        await deadLetters.remove(keyOf(request.params.id));
        return reply.status(204).send();
      },
    );
  };
