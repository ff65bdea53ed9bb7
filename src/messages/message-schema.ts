import Type, { type Static } from 'typebox';
import { NAME_PATTERN } from '../lib/names.js';
import { deliveryStates } from './delivery-state.js';

const closed = { additionalProperties: false } as const;
const DAYS_30 = 30 * 86_400;

const Name = (description: string) => Type.String({ pattern: NAME_PATTERN, description });
const MessageType = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$',
  description: 'What the message is, e.g. task.process',
});
const Payload = Type.Unknown({ description: 'Any JSON' });
const Lease = Type.String({ minLength: 1, maxLength: 64, description: 'The token that the claim gave' });
const LeaseSeconds = Type.Integer({ minimum: 5, maximum: 3600, description: 'How long the lease lasts' });
const DelaySeconds = Type.Number({ minimum: 0, maximum: DAYS_30, description: 'Not before this time has passed' });
const Instant = Type.String({ format: 'date-time' });

export const MessageId = Type.String({ examples: ['msg_48213'] });
export const DeliveryId = Type.String({ examples: ['dlv_48220'] });
export const DeliveryState = Type.Enum([...deliveryStates]);

const Headers = Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' }), Type.String({ maxLength: 1024 }), {
  maxProperties: 32,
  additionalProperties: false,
});

export const NewMessage = Type.Object(
  {
    from: Type.Optional(Name('Who sends it; the module of the key where that is left out')),
    to: Type.Optional(Name('The module it is for')),
    capability: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'The least loaded live module that has it' }),
    ),
    channel: Type.Optional(Name('One subscriber claims it')),
    broadcast: Type.Optional(
      Type.Boolean({
        description:
          'Every subscriber of the channel, or without a channel every module, gets its own; never the sender',
      }),
    ),
    type: Type.Optional(MessageType),
    payload: Type.Optional(Payload),
    priority: Type.Optional(Type.Integer({ minimum: 1, maximum: 10, description: '10 goes first; 5 unless said' })),
    ttlSeconds: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: DAYS_30, description: 'After this it is never delivered' }),
    ),
    delaySeconds: Type.Optional(DelaySeconds),
    maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '3 unless said' })),
    correlationId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    conversationId: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$' })),
    orderingKey: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'Of one key at most one is out at a time, in order' }),
    ),
    headers: Type.Optional(Headers),
    signature: Type.Optional(Type.String({ maxLength: 512 })),
    track: Type.Optional(
      Type.Boolean({ description: 'Makes a task that follows its deliveries; a message to an agent always has one' }),
    ),
  },
  {
    ...closed,
    title: 'NewMessage',
    examples: [
      { from: 'Producer', to: 'Processor', type: 'task.process', payload: { message: 'Please process this' } },
    ],
  },
);
export type NewMessage = Static<typeof NewMessage>;

export const DeliveryError = Type.Object(
  { code: Type.String({ maxLength: 128 }), message: Type.String({ maxLength: 8192 }) },
  { ...closed, title: 'DeliveryError' },
);
export type DeliveryError = Static<typeof DeliveryError>;

export const DeliveryView = Type.Object(
  {
    id: DeliveryId,
    module: Type.Optional(Type.String()),
    channel: Type.Optional(Type.String()),
    state: DeliveryState,
    attempt: Type.Optional(Type.Integer()),
    maxAttempts: Type.Optional(Type.Integer()),
    availableAt: Type.Optional(Instant),
    leaseExpiresAt: Type.Optional(Instant),
    settledAt: Type.Optional(Instant),
    replayed: Type.Optional(Type.Boolean()),
    error: Type.Optional(DeliveryError),
  },
  { title: 'Delivery' },
);

const taskId = Type.Optional(
  Type.String({ description: 'The task that follows its deliveries', examples: ['task_7'] }),
);
const messageFields = {
  id: MessageId,
  seq: Type.Integer(),
  type: Type.String(),
  from: Type.String(),
  to: Type.Optional(Type.String()),
  capability: Type.Optional(Type.String()),
  channel: Type.Optional(Type.String()),
  broadcast: Type.Optional(Type.Boolean()),
  priority: Type.Integer({ minimum: 1, maximum: 10 }),
  payload: Payload,
  correlationId: Type.Optional(Type.String()),
  conversationId: Type.Optional(Type.String()),
  orderingKey: Type.Optional(Type.String()),
  replyTo: Type.Optional(MessageId),
  headers: Type.Optional(Type.Object({}, { additionalProperties: true })),
  signature: Type.Optional(Type.String()),
  createdAt: Instant,
  expiresAt: Type.Optional(Instant),
};

export const MessageView = Type.Object(
  {
    ...messageFields,
    replayed: Type.Optional(Type.Boolean({ description: 'In a claim: history that was asked for again' })),
  },
  { title: 'Message' },
);
export const ListedMessage = Type.Object(
  { ...messageFields, deliveries: Type.Optional(Type.Array(DeliveryView)) },
  { title: 'ListedMessage' },
);
export const SentMessage = Type.Object(
  { ...messageFields, deliveries: Type.Array(DeliveryView), taskId, reply: Type.Optional(MessageView) },
  { title: 'SentMessage' },
);
export const MessageDetails = Type.Object(
  {
    ...messageFields,
    deliveries: Type.Array(DeliveryView),
    reply: Type.Optional(MessageView),
    taskId,
    turn: Type.Optional(Type.Object({}, { additionalProperties: true })),
    signatureValid: Type.Optional(
      Type.Boolean({ description: 'Of a signed message: whether the signature fits the secret of now' }),
    ),
  },
  { title: 'MessageDetails' },
);

export const ClaimRequest = Type.Object(
  {
    max: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Most deliveries; 1 unless said' })),
    channels: Type.Optional(
      Type.Array(Name('Only from these channels, not from the inbox'), { minItems: 1, maxItems: 100 }),
    ),
    types: Type.Optional(Type.Array(MessageType, { minItems: 1, maxItems: 100 })),
    waitSeconds: Type.Optional(
      Type.Number({ minimum: 0, maximum: 60, description: 'How long to wait where there is nothing' }),
    ),
    leaseSeconds: Type.Optional(LeaseSeconds),
  },
  { ...closed, title: 'ClaimRequest', examples: [{ max: 10, waitSeconds: 30, leaseSeconds: 60 }] },
);
export type ClaimRequest = Static<typeof ClaimRequest>;

export const Claimed = Type.Object(
  {
    delivery: Type.Object({
      id: DeliveryId,
      lease: Lease,
      attempt: Type.Integer(),
      maxAttempts: Type.Integer(),
      leaseExpiresAt: Instant,
      replayed: Type.Optional(Type.Boolean({ description: 'History that was asked for again' })),
    }),
    message: MessageView,
  },
  { title: 'ClaimedDelivery' },
);

const Reply = Type.Object({ payload: Payload, type: Type.Optional(MessageType) }, { ...closed, title: 'Reply' });
export const NewReply = Type.Object(
  { from: Type.Optional(Name('Who replies; needed with an admin key')), ...Reply.properties },
  { ...closed, title: 'NewReply', examples: [{ from: 'Processor', payload: { result: 42 } }] },
);
export type NewReply = Static<typeof NewReply>;

const completeFields = { lease: Lease, reply: Type.Optional(Reply) };
const failFields = {
  lease: Lease,
  error: DeliveryError,
  retryable: Type.Optional(Type.Boolean()),
  delaySeconds: Type.Optional(DelaySeconds),
};
const extendFields = { lease: Lease, leaseSeconds: LeaseSeconds };
const releaseFields = { lease: Lease, delaySeconds: Type.Optional(DelaySeconds) };

export const CompleteRequest = Type.Object(completeFields, {
  ...closed,
  title: 'CompleteRequest',
  examples: [{ lease: 'x33K2postSGj0IFp', reply: { payload: { result: 42 } } }],
});
export const FailRequest = Type.Object(failFields, {
  ...closed,
  title: 'FailRequest',
  examples: [{ lease: 'x33K2postSGj0IFp', error: { code: 'disk_full', message: 'No space left' }, retryable: true }],
});
export const ExtendRequest = Type.Object(extendFields, {
  ...closed,
  title: 'ExtendRequest',
  examples: [{ lease: 'x33K2postSGj0IFp', leaseSeconds: 60 }],
});
export const ReleaseRequest = Type.Object(releaseFields, {
  ...closed,
  title: 'ReleaseRequest',
  examples: [{ lease: 'x33K2postSGj0IFp', delaySeconds: 5 }],
});
export type CompleteRequest = Static<typeof CompleteRequest>;
export type FailRequest = Static<typeof FailRequest>;
export type ExtendRequest = Static<typeof ExtendRequest>;
export type ReleaseRequest = Static<typeof ReleaseRequest>;

const many = { maxItems: 500 };
export const BatchRequest = Type.Object(
  {
    complete: Type.Optional(Type.Array(Type.Object({ id: DeliveryId, ...completeFields }, closed), many)),
    fail: Type.Optional(Type.Array(Type.Object({ id: DeliveryId, ...failFields }, closed), many)),
    extend: Type.Optional(Type.Array(Type.Object({ id: DeliveryId, ...extendFields }, closed), many)),
    release: Type.Optional(Type.Array(Type.Object({ id: DeliveryId, ...releaseFields }, closed), many)),
  },
  { ...closed, title: 'BatchRequest', examples: [{ complete: [{ id: 'dlv_48220', lease: 'x33K2postSGj0IFp' }] }] },
);
export type BatchRequest = Static<typeof BatchRequest>;
