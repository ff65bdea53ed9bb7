import Type, { type Static } from 'typebox';
import { taskStates } from './task-state.js';

const Instant = Type.String({ format: 'date-time' });
const Counts = Type.Object(Object.fromEntries(taskStates.map((state) => [state, Type.Integer()])), {
  description: 'How many are in each state',
});
const Seconds = Type.Union([Type.Number(), Type.Null()], { description: 'null where none was completed' });

const filter = {
  kind: Type.Optional(Type.String()),
  assignee: Type.Optional(Type.String()),
  after: Type.Optional(Type.String({ format: 'date-time' })),
  before: Type.Optional(Type.String({ format: 'date-time' })),
};

export const StatsQuery = Type.Object(filter, { additionalProperties: false });
export type StatsQuery = Static<typeof StatsQuery>;

export const TimelineQuery = Type.Object(
  {
    ...filter,
    bucketSeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 31 * 86_400, description: 'A hundredth of the time asked for unless said' }),
    ),
  },
  { additionalProperties: false },
);
export type TimelineQuery = Static<typeof TimelineQuery>;

export const TaskStats = Type.Object(
  {
    total: Type.Integer(),
    byState: Counts,
    byKind: Type.Object({}, { additionalProperties: Counts, description: 'The same for each kind' }),
    durationSeconds: Type.Object(
      { count: Type.Integer(), mean: Seconds, p50: Seconds, p95: Seconds, max: Seconds },
      { description: 'From start to completion, of what was completed in the window' },
    ),
    throughput: Type.Object({
      windowSeconds: Type.Number({ description: 'The last hour, unless `after` and `before` say otherwise' }),
      completed: Type.Integer(),
      perMinute: Type.Number(),
    }),
  },
  { title: 'TaskStats' },
);
export type TaskStats = Static<typeof TaskStats>;

export const TaskTimeline = Type.Object(
  {
    after: Instant,
    before: Instant,
    bucketSeconds: Type.Integer(),
    items: Type.Array(
      Type.Object({
        at: Instant,
        created: Type.Integer(),
        started: Type.Integer(),
        completed: Type.Integer(),
        failed: Type.Integer(),
        cancelled: Type.Integer(),
      }),
      { description: 'Every part of the time, the empty ones too' },
    ),
  },
  { title: 'TaskTimeline' },
);
export type TaskTimeline = Static<typeof TaskTimeline>;
