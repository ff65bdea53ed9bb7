import Type, { type Static, type TObject } from 'typebox';
import { NAME_PATTERN } from '../lib/names.js';
import {
  Claimed,
  ClaimRequest,
  CompleteRequest,
  DeliveryId,
  ExtendRequest,
  FailRequest,
  NewMessage,
  ReleaseRequest,
} from './message-schema.js';
import { MOST_IN_BATCH } from './send-body.js';

const closed = { additionalProperties: false } as const;
const MOST_PREFETCHED = 500;
const MOST_SETTLED = 500;

const FrameId = Type.String({ minLength: 1, maxLength: 64, description: 'The answer bears it' });

const send = { op: Type.Literal('send'), id: FrameId };
const message = { to: 'Processor', type: 'task.process', payload: { batch: [0, 1, 2] } };
export const SendFrame = Type.Object(
  { ...send, message: NewMessage },
  { ...closed, title: 'SendFrame', examples: [{ op: 'send', id: 's1', message }] },
);
export const SendBatchFrame = Type.Object(
  { ...send, messages: Type.Array(NewMessage, { minItems: 1, maxItems: MOST_IN_BATCH }) },
  { ...closed, title: 'SendBatchFrame', examples: [{ op: 'send', id: 's2', messages: [message, message] }] },
);
/** What is around the messages: they are looked at one by one. */
export const SendEnvelope = Type.Object({ ...send, message: Type.Unknown() }, closed);
export const SendBatchEnvelope = Type.Object({ ...send, messages: Type.Array(Type.Unknown()) }, closed);

export const ConsumeFrame = Type.Object(
  {
    op: Type.Literal('consume'),
    id: FrameId,
    module: Type.String({ pattern: NAME_PATTERN, description: 'The module whose deliveries are pushed' }),
    prefetch: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_PREFETCHED,
        description: 'Most deliveries that are out and not settled; 32 unless said',
      }),
    ),
    leaseSeconds: ClaimRequest.properties.leaseSeconds,
    channels: ClaimRequest.properties.channels,
    types: ClaimRequest.properties.types,
  },
  {
    ...closed,
    title: 'ConsumeFrame',
    examples: [{ op: 'consume', id: 'c', module: 'Processor', prefetch: 32, leaseSeconds: 60 }],
  },
);
export type ConsumeFrame = Static<typeof ConsumeFrame>;

export const Consuming = Type.Object(
  { module: Type.String(), prefetch: Type.Integer(), leaseSeconds: Type.Integer() },
  { title: 'Consuming' },
);

export const DeliveryFrame = Type.Object(
  {
    op: Type.Literal('delivery'),
    sub: Type.String({ description: 'The id of the consume frame' }),
    ...Claimed.properties,
  },
  {
    title: 'DeliveryFrame',
    examples: [
      {
        op: 'delivery',
        sub: 'c',
        delivery: {
          id: 'dlv_48220',
          lease: 'V7pS0aE2',
          attempt: 1,
          maxAttempts: 3,
          leaseExpiresAt: '2026-01-01T00:01:00.000Z',
        },
        message: {
          id: 'msg_48213',
          seq: 48213,
          type: 'task.process',
          from: 'Producer',
          to: 'Processor',
          priority: 5,
          payload: { batch: [0, 1, 2] },
          createdAt: '2026-01-01T00:00:00.000Z',
        },
      },
    ],
  },
);

export const holderVerbs = ['complete', 'fail', 'extend', 'release'] as const;
export type HolderVerbName = (typeof holderVerbs)[number];

const held = { deliveryId: 'dlv_48220', lease: 'V7pS0aE2' };
const example: Readonly<Record<HolderVerbName, object>> = {
  complete: { ...held, reply: { payload: { sum: 3 } } },
  fail: { ...held, error: { code: 'no_disk', message: 'The disk is full.' }, delaySeconds: 10 },
  extend: { ...held, leaseSeconds: 60 },
  release: held,
};

/** One delivery, named beside what the HTTP call takes; or `items` with many such. */
const holderFrame = (op: HolderVerbName, request: TObject) => {
  const title = `${op.charAt(0).toUpperCase()}${op.slice(1)}`;
  const item = { deliveryId: DeliveryId, ...request.properties };
  const items = Type.Array(Type.Object(item, closed), { minItems: 1, maxItems: MOST_SETTLED });
  const common = { op: Type.Literal(op), id: FrameId };
  return {
    one: Type.Object(
      { ...common, ...item },
      { ...closed, title: `${title}Frame`, examples: [{ op, id: 'h1', ...example[op] }] },
    ),
    many: Type.Object(
      { ...common, items },
      { ...closed, title: `${title}BatchFrame`, examples: [{ op, id: 'h2', items: [example[op]] }] },
    ),
  };
};

export const holderFrames = {
  complete: holderFrame('complete', CompleteRequest),
  fail: holderFrame('fail', FailRequest),
  extend: holderFrame('extend', ExtendRequest),
  release: holderFrame('release', ReleaseRequest),
} as const;
