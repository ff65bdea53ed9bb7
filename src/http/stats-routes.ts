import Type, { type Static } from 'typebox';
import { operation } from './operation.js';
import type { RoutePlugin } from './server.js';

const sums = { costUsd: Type.Number(), tokens: Type.Integer(), turns: Type.Integer() };

const Stats = Type.Object(
  {
    version: Type.String(),
    uptimeSeconds: Type.Number(),
    epoch: Type.String({ description: 'Changes when the database is another one, as after a restored backup' }),
    events: Type.Object({ oldestSeq: Type.Integer(), lastSeq: Type.Integer() }),
    messages: Type.Object({ pending: Type.Integer(), leased: Type.Integer(), dead: Type.Integer() }),
    modules: Type.Integer(),
    instances: Type.Integer(),
    turns: Type.Object({ running: Type.Integer(), waiting: Type.Integer() }),
    cost: Type.Object({
      todayUsd: Type.Number(),
      byModule: Type.Array(Type.Object({ module: Type.String(), ...sums }), {
        description: 'Today, the dearest first',
      }),
      byConversation: Type.Array(Type.Object({ conversationId: Type.String(), ...sums }), {
        description: 'Today, the twenty dearest',
      }),
      byDay: Type.Array(Type.Object({ day: Type.String({ format: 'date' }), ...sums }), {
        description: 'The last seven days that had turns, the latest first',
      }),
    }),
    database: Type.Object({ sizeBytes: Type.Integer() }),
    statements: Type.Array(
      Type.Object({
        name: Type.String({ examples: ['insert events [event-store:9]'] }),
        count: Type.Integer(),
        totalMs: Type.Number(),
        maxMs: Type.Number(),
      }),
      { description: 'Of the database, since the hub started: the forty that took most of the time, dearest first' },
    ),
  },
  { title: 'Stats' },
);
export type Stats = Static<typeof Stats>;

export const statsRoutes =
  (stats: () => Promise<Stats>): RoutePlugin =>
  (app) => {
    app.get(
      '/v1/stats',
      {
        schema: operation({
          operationId: 'getStats',
          summary: 'The hub in numbers',
          tags: ['operations'],
          answers: { 200: Stats },
        }),
      },
      async () => await stats(),
    );
  };
