import type { FastifyRequest } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { principalOf } from '../http/auth.js';
import { operation } from '../http/operation.js';
import { Problem, problemOf } from '../http/problem.js';
import { requestSignal } from '../http/request-signal.js';
import { sendJson } from '../http/send-json.js';
import type { RoutePlugin } from '../http/server.js';
import { requireModule } from '../keys/principal.js';
import { HubError, isHubError } from '../lib/errors.js';
import { fromPublicId } from '../lib/public-id.js';
import type { DeliveryService, HolderOutcome, HolderVerb } from './delivery-service.js';
import { claimedJson, messageJson } from './message-json.js';
import {
  BatchRequest,
  Claimed,
  ClaimRequest,
  CompleteRequest,
  DeliveryId,
  DeliveryState,
  ExtendRequest,
  FailRequest,
  MessageView,
  ReleaseRequest,
} from './message-schema.js';

const tags = ['deliveries'] as const;
const DEFAULT_LEASE_SECONDS = 60;

export const Outcome = Type.Object(
  {
    id: DeliveryId,
    state: DeliveryState,
    replyId: Type.Optional(Type.String({ examples: ['msg_48221'] })),
    leaseExpiresAt: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { title: 'DeliveryOutcome' },
);
export const Outcomes = Type.Array(Type.Union([Outcome, Type.Object({ id: DeliveryId, problem: Problem })]));

const verbs = ['complete', 'fail', 'extend', 'release'] as const;
type Verb = (typeof verbs)[number];

const requestOf: Readonly<Record<Verb, TSchema>> = {
  complete: CompleteRequest,
  fail: FailRequest,
  extend: ExtendRequest,
  release: ReleaseRequest,
};
const summaryOf: Readonly<Record<Verb, string>> = {
  complete: 'The work is done; with a reply, both in one transaction',
  fail: 'The attempt failed: it is tried again later, or becomes a dead letter',
  extend: 'Hold the lease longer, counted from now',
  release: 'Give it back untried',
};

export const keyOf = (publicId: string): number => {
  const key = fromPublicId('dlv', publicId);
  if (key === undefined) throw new HubError('delivery_not_found', `There is no delivery ${JSON.stringify(publicId)}.`);
  return key;
};

export const outcomeView = ({ id, state, replyId, leaseExpiresAt }: HolderOutcome) => ({
  id: `dlv_${id}`,
  state,
  ...(replyId === undefined ? {} : { replyId: `msg_${replyId}` }),
  ...(leaseExpiresAt === undefined ? {} : { leaseExpiresAt }),
});

/** Of one among many: a refusal is its outcome alone. @param id as it was asked for */
export const itemView = (id: string, outcome: HolderOutcome | HubError): object =>
  isHubError(outcome) ? { id, problem: problemOf(outcome) } : outcomeView(outcome);

export const deliveryRoutes =
  (deliveries: DeliveryService): RoutePlugin =>
  (app) => {
    app.post(
      '/v1/modules/:name/claim',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'claim',
          summary: 'Lease what waits for a module',
          description:
            'From its inbox and the channels it is subscribed to. An empty list when nothing came within waitSeconds.',
          tags,
          params: Type.Object({ name: Type.String() }),
          body: Type.Union([ClaimRequest, Type.Null()]),
          answers: { 200: Type.Object({ items: Type.Array(Claimed) }) },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Params: { name: string }; Body: ClaimRequest | null }>, reply) => {
        const { name } = request.params;
        requireModule(principalOf(request), name);
        const { max = 1, channels, types, waitSeconds = 0, leaseSeconds = DEFAULT_LEASE_SECONDS } = request.body ?? {};
        const options = {
          max,
          channels,
          types,
          waitMs: waitSeconds * 1000,
          leaseMs: leaseSeconds * 1000,
          signal: requestSignal(reply),
        };
        const claimed = await deliveries.claim(name, options);
        return sendJson(reply, 200, `{"items":[${claimed.map(claimedJson).join(',')}]}`);
      },
    );

    app.get(
      '/v1/modules/:name/inbox',
      {
        schema: operation({
          operationId: 'peekInbox',
          summary: 'What could be claimed now; claims nothing',
          tags,
          params: Type.Object({ name: Type.String() }),
          querystring: Type.Object(
            { limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }) },
            { additionalProperties: false },
          ),
          answers: {
            200: Type.Object({
              items: Type.Array(
                Type.Object({
                  delivery: Type.Object({ id: DeliveryId, attempt: Type.Integer() }),
                  message: MessageView,
                }),
              ),
              nextCursor: Type.Null(),
            }),
          },
          errors: ['module_not_found'],
        }),
      },
      async (request: FastifyRequest<{ Params: { name: string }; Querystring: { limit: number } }>, reply) => {
        const rows = await deliveries.inbox(request.params.name, request.query.limit);
        const items = rows.map(
          (row) =>
            `{"delivery":{"id":"dlv_${row.delivery_id}","attempt":${row.attempt}},"message":${messageJson(row)}}`,
        );
        return sendJson(reply, 200, `{"items":[${items.join(',')}],"nextCursor":null}`);
      },
    );

    for (const verb of verbs) {
      app.post(
        `/v1/deliveries/:id/${verb}`,
        {
          config: { access: 'act' },
          schema: operation({
            operationId: `${verb}Delivery`,
            summary: summaryOf[verb],
            tags,
            params: Type.Object({ id: Type.String() }),
            body: requestOf[verb],
            answers: { 200: Outcome },
            errors: ['delivery_not_found', 'lease_lost', 'delivery_final'],
          }),
        },
        async (request: FastifyRequest<{ Params: { id: string }; Body: Omit<HolderVerb, 'verb'> }>) =>
          outcomeView(await deliveries.apply(keyOf(request.params.id), { ...request.body, verb } as HolderVerb)),
      );
    }

    app.post(
      '/v1/deliveries/batch',
      {
        config: { access: 'act' },
        schema: operation({
          operationId: 'batchDeliveries',
          summary: 'Complete, fail, extend and release many in one transaction',
          description: 'A result for each, in the order in which they were given.',
          tags,
          body: BatchRequest,
          answers: { 200: Type.Object(Object.fromEntries(verbs.map((verb) => [verb, Type.Optional(Outcomes)]))) },
        }),
      },
      async (request: FastifyRequest<{ Body: BatchRequest }>) => await applyBatch(deliveries, request.body),
    );
  };

const applyBatch = async (
  deliveries: DeliveryService,
  batch: BatchRequest,
): Promise<Partial<Record<Verb, object[]>>> => {
  const asked = verbs.flatMap((verb) => (batch[verb] ?? []).map((item) => verbOn(verb, item)));
  const outcomes = await deliveries.applyAll(asked);
  let next = 0;
  const results: Partial<Record<Verb, object[]>> = {};
  for (const verb of verbs) {
    const items = batch[verb];
    if (items !== undefined) results[verb] = items.map(({ id }) => itemView(id, outcomes[next++]!));
  }
  return results;
};

type BatchItem = { readonly id: string; readonly lease: string; readonly reply?: unknown };

/** Without a spread for what comes most: to copy a hundred of them took a twentieth of all that a consumer costs. */
const verbOn = (verb: Verb, item: BatchItem): HolderVerb & { id: number } => {
  const id = fromPublicId('dlv', item.id) ?? 0;
  if (verb === 'complete' && item.reply === undefined) return { verb, id, lease: item.lease };
  return { ...item, verb, id } as unknown as HolderVerb & { id: number };
};
