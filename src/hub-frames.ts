import Type from 'typebox';
import { EventView, SubscribeFrame } from './events/event-schema.js';
import { asyncApiDocument, type StreamFrames } from './http/asyncapi.js';
import {
  answeredByOk,
  ErrorFrame,
  PingFrame,
  PongFrame,
  UnsubscribeFrame,
  WelcomeFrame,
} from './http/asyncapi-frames.js';
import { Problem } from './http/problem.js';
import { Outcome, Outcomes } from './messages/delivery-routes.js';
import { SentMessage } from './messages/message-schema.js';
import {
  ConsumeFrame,
  Consuming,
  DeliveryFrame,
  type HolderVerbName,
  holderFrames,
  holderVerbs,
  SendBatchFrame,
  SendFrame,
} from './messages/message-stream-schema.js';

const Sub = Type.String({ description: 'The id of the frame that began it' });
const FollowFrame = Type.Object(SubscribeFrame.properties, {
  additionalProperties: false,
  title: 'SubscribeFrame',
  examples: [{ op: 'subscribe', id: 'a', filter: { types: ['message.*', 'turn.output'] }, after: 48229 }],
});
const EventFrame = Type.Object(
  { op: Type.Literal('event'), sub: Sub, ...EventView.properties },
  {
    title: 'EventFrame',
    examples: [
      {
        op: 'event',
        sub: 'a',
        seq: 48230,
        type: 'delivery.completed',
        at: '2026-01-01T00:00:01.000Z',
        subject: { module: 'Processor', messageId: 'msg_48213', deliveryId: 'dlv_48220' },
        data: { attempt: 1, tookMs: 950 },
      },
    ],
  },
);
const ResetFrame = Type.Object(
  { op: Type.Literal('reset'), sub: Sub, oldestSeq: Type.Integer() },
  { title: 'ResetFrame', examples: [{ op: 'reset', sub: 'a', oldestSeq: 48000 }] },
);

const told: Readonly<Record<HolderVerbName, string>> = {
  complete: 'The work on a delivery is done; with a reply, both in one transaction',
  fail: 'The attempt failed: it is tried again later, or becomes a dead letter',
  extend: 'Hold the lease longer, counted from now',
  release: 'Give a delivery back untried',
};

const holderFrameList = holderVerbs.flatMap((verb) => [
  answeredByOk({ name: verb, summary: told[verb], payload: holderFrames[verb].one, result: Outcome }),
  answeredByOk({
    name: `${verb}Batch`,
    summary: `${told[verb]}: many in one transaction, each with its own outcome`,
    payload: holderFrames[verb].many,
    result: Type.Object({ items: Outcomes }),
  }),
]);

/** Every frame of `granger.v1`. */
const streamFrames: StreamFrames = {
  client: [
    answeredByOk({
      name: 'subscribe',
      summary: 'Follow events, from a number on or from now',
      payload: FollowFrame,
      result: Type.Object({ after: Type.Integer({ description: 'Events with a higher number come' }) }),
    }),
    answeredByOk({
      name: 'unsubscribe',
      summary: 'End a subscription or a consume',
      description:
        'Deliveries of a consume that are out stay with the client until it settles them or the lease is over.',
      payload: UnsubscribeFrame,
      result: Type.Object({
        open: Type.Optional(Type.Integer({ description: 'Deliveries of a consume that are out' })),
      }),
    }),
    answeredByOk({
      name: 'send',
      summary: 'Send a message',
      description: 'The messages of a socket are accepted in the order of their frames.',
      payload: SendFrame,
      result: SentMessage,
    }),
    answeredByOk({
      name: 'sendBatch',
      summary: 'Send up to 1000 messages, each with its own outcome',
      payload: SendBatchFrame,
      result: Type.Object({ items: Type.Array(Type.Union([SentMessage, Type.Object({ problem: Problem })])) }),
    }),
    answeredByOk({
      name: 'consume',
      summary: 'Have the deliveries of a module pushed, as credit allows',
      description:
        'Credit is the prefetch less what was pushed and is not settled. When the socket closes, what is out is released at once, with no attempt counted.',
      payload: ConsumeFrame,
      result: Consuming,
    }),
    ...holderFrameList,
    { name: 'ping', summary: 'Is anybody there?', payload: PingFrame, answer: { name: 'pong', payload: PongFrame } },
  ],
  server: [
    { name: 'welcome', summary: 'The first frame', payload: WelcomeFrame },
    { name: 'event', summary: 'Something happened that fits a subscription', payload: EventFrame },
    {
      name: 'reset',
      summary: 'Events that a subscription asked for are not kept any more; it goes on with the oldest',
      payload: ResetFrame,
    },
    { name: 'delivery', summary: 'Work for a module that is consumed for', payload: DeliveryFrame },
    { name: 'error', summary: 'A frame was refused, or what it began has ended', payload: ErrorFrame },
  ],
};

/** asyncapi.json */
export const streamDocument = asyncApiDocument(streamFrames);
