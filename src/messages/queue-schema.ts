import Type, { type Static } from 'typebox';

export const QueueView = Type.Object(
  {
    name: Type.String({ description: 'Of the module or channel', examples: ['Processor'] }),
    kind: Type.Union([Type.Literal('module'), Type.Literal('channel')]),
    pending: Type.Integer({ description: 'Deliveries that wait' }),
    leased: Type.Integer({ description: 'Deliveries that are being worked on' }),
    dead: Type.Integer({ description: 'Dead letters' }),
    processed: Type.Integer({ description: 'Of a module: deliveries completed since the hub started' }),
    errors: Type.Integer({ description: 'Of a module: attempts that failed since the hub started' }),
    oldestAgeSeconds: Type.Union([Type.Number(), Type.Null()], { description: 'How long the oldest has waited' }),
  },
  { title: 'Queue' },
);
export type QueueView = Static<typeof QueueView>;
