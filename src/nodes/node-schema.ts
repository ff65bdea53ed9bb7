import Type, { type Static } from 'typebox';

export const NodeView = Type.Object(
  {
    id: Type.String({ examples: ['node_1'] }),
    name: Type.String({ description: 'Kept in the data folder of the hub' }),
    isThis: Type.Boolean({ description: 'The hub that answers' }),
    state: Type.Union(
      ['live', 'stopped', 'lost'].map((state) => Type.Literal(state as 'live' | 'stopped' | 'lost')),
      { description: 'lost: it has not said that it lives for 7 s' },
    ),
    url: Type.Optional(Type.String()),
    pid: Type.Optional(Type.Integer()),
    version: Type.Optional(Type.String()),
    startedAt: Type.String({ format: 'date-time' }),
    silentSeconds: Type.Number({ description: 'Since it last said that it lives' }),
  },
  { title: 'Node' },
);
export type NodeView = Static<typeof NodeView>;
