import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const wait = Type.Optional(
  Type.Number({ minimum: 0, maximum: 45, description: 'Seconds to wait where there is nothing yet; 0 unless said' }),
);
const types = Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 64 }));

export const ListModules = Type.Object(
  {
    capability: Type.Optional(Type.String({ description: 'Only those that have it' })),
    q: Type.Optional(Type.String({ description: 'Words in the name or the description' })),
  },
  closed,
);
export type ListModules = Static<typeof ListModules>;

export const SendMessage = Type.Object(
  {
    to: Type.Optional(Type.String({ description: 'The module it is for: one of to, capability, channel' })),
    capability: Type.Optional(Type.String({ description: 'For the least loaded live module that has it' })),
    channel: Type.Optional(Type.String({ description: 'For one subscriber of the channel' })),
    type: Type.Optional(Type.String({ description: 'What the message is, e.g. task.process' })),
    payload: Type.Unknown({
      description: 'Any JSON. For an agent: an object whose `message` is the request in words, the rest is data',
    }),
    conversationId: Type.Optional(Type.String({ description: 'To go on with an earlier conversation' })),
    wait,
  },
  closed,
);
export type SendMessage = Static<typeof SendMessage>;

export const CheckReply = Type.Object(
  { messageId: Type.String({ description: 'As send_message gave it, e.g. msg_48213' }), wait },
  closed,
);
export type CheckReply = Static<typeof CheckReply>;

export const ClaimMessage = Type.Object({ types, wait }, closed);
export type ClaimMessage = Static<typeof ClaimMessage>;

export const CompleteMessage = Type.Object(
  {
    deliveryId: Type.String({ description: 'As claim_message gave it' }),
    lease: Type.String({ description: 'As claim_message gave it' }),
    payload: Type.Optional(Type.Unknown({ description: 'The reply; none where it is left out' })),
  },
  closed,
);
export type CompleteMessage = Static<typeof CompleteMessage>;

export const ReportProgress = Type.Object(
  {
    taskId: Type.Optional(Type.String({ description: 'The task of the message you work on, where it is left out' })),
    percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
    note: Type.String({ maxLength: 8192, description: 'What is being done, in a few words' }),
  },
  closed,
);
export type ReportProgress = Static<typeof ReportProgress>;

export const ListEvents = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({ minimum: 0, description: 'The last number seen; the newest 50 where it is left out' }),
    ),
    types: Type.Optional(Type.Array(Type.String(), { maxItems: 64, description: 'message.*, turn.output' })),
  },
  closed,
);
export type ListEvents = Static<typeof ListEvents>;
