import Type, { type Static } from 'typebox';
import { NAME_PATTERN } from '../lib/names.js';
import { taskStates } from './task-state.js';

const closed = { additionalProperties: false } as const;
const MOST_DEPENDENCIES = 1000;

const Instant = Type.String({ format: 'date-time' });
const MessageId = Type.String({ examples: ['msg_48213'] });
const ModuleName = (description: string) => Type.String({ pattern: NAME_PATTERN, description });
const Percent = Type.Number({ minimum: 0, maximum: 100 });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const TaskId = Type.String({ examples: ['task_7'] });
export const TaskState = Type.Enum([...taskStates]);

export const TaskError = Type.Object(
  { code: Type.Optional(Type.String({ maxLength: 128 })), message: Type.String({ maxLength: 8192 }) },
  { ...closed, title: 'TaskError' },
);
export type TaskError = Static<typeof TaskError>;

const described = {
  title: Type.String({ minLength: 1, maxLength: 512 }),
  kind: Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$',
    description: 'What sort of task; `task` unless said',
  }),
  weight: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1_000_000,
    description: 'What it counts for in the percent of its parent; 1 unless said',
  }),
  total: Type.Number({ exclusiveMinimum: 0, description: 'How much there is to do, where that can be counted' }),
  dependsOn: Type.Array(TaskId, {
    maxItems: MOST_DEPENDENCIES,
    description: 'It is blocked until these are completed',
  }),
};

export const NewTask = Type.Object(
  {
    title: described.title,
    kind: Type.Optional(described.kind),
    parentId: Type.Optional(OrNull(TaskId)),
    dependsOn: Type.Optional(described.dependsOn),
    assignee: Type.Optional(OrNull(ModuleName('The only module that may claim it'))),
    messageId: Type.Optional(OrNull(MessageId)),
    weight: Type.Optional(described.weight),
    total: Type.Optional(OrNull(described.total)),
  },
  {
    ...closed,
    title: 'NewTask',
    examples: [{ title: 'Resize the images', kind: 'resize', dependsOn: ['task_6'], weight: 3, total: 120 }],
  },
);
export type NewTask = Static<typeof NewTask>;

export const TaskPatch = Type.Object(
  {
    state: Type.Optional(TaskState),
    percent: Type.Optional(Percent),
    done: Type.Optional(Type.Number({ minimum: 0, description: 'So much of `total`' })),
    note: Type.Optional(OrNull(Type.String({ maxLength: 8192, description: 'What is being done, in words' }))),
    result: Type.Optional(Type.Unknown({ description: 'Any JSON' })),
    error: Type.Optional(OrNull(TaskError)),
    title: Type.Optional(described.title),
    kind: Type.Optional(described.kind),
    parentId: Type.Optional(OrNull(TaskId)),
    dependsOn: Type.Optional(described.dependsOn),
    assignee: Type.Optional(OrNull(ModuleName('null: free for any module'))),
    weight: Type.Optional(described.weight),
    total: Type.Optional(OrNull(described.total)),
  },
  {
    ...closed,
    title: 'TaskPatch',
    examples: [
      { done: 48, note: 'Image 48 of 120' },
      { state: 'completed', result: { files: 120 } },
    ],
  },
);
export type TaskPatch = Static<typeof TaskPatch>;

const taskFields = {
  id: TaskId,
  title: Type.String(),
  kind: Type.String(),
  state: TaskState,
  percent: Type.Number({ description: 'Of a parent: the weighted mean of its children, while it is open' }),
  weight: Type.Number(),
  total: Type.Optional(Type.Number()),
  done: Type.Optional(Type.Number()),
  parentId: Type.Optional(TaskId),
  dependsOn: Type.Array(TaskId),
  blockedBy: Type.Array(TaskId, { description: 'Those of dependsOn that are not completed' }),
  assignee: Type.Optional(Type.String()),
  createdBy: Type.Optional(Type.String({ description: 'The module that made it' })),
  messageId: Type.Optional(MessageId),
  followsMessage: Type.Optional(Type.Boolean({ description: 'Made by its message, whose deliveries it follows' })),
  attempt: Type.Integer({ description: 'How often it was started' }),
  note: Type.Optional(Type.String()),
  result: Type.Optional(Type.Unknown()),
  error: Type.Optional(TaskError),
  errorCount: Type.Integer({ description: 'Entries of its log at level error' }),
  warningCount: Type.Integer({ description: 'Entries of its log at level warn' }),
  createdAt: Instant,
  updatedAt: Instant,
  startedAt: Type.Optional(Instant),
  endedAt: Type.Optional(Instant),
};
export const TaskView = Type.Object(taskFields, { title: 'Task' });
export type TaskView = Static<typeof TaskView>;

/** Children are tasks with children of their own; a schema that named itself would say no more. */
export const TaskTree = Type.Object(
  {
    ...taskFields,
    children: Type.Array(Type.Object({}, { additionalProperties: true }), {
      description: 'Its children, each with its own, in the order in which they were made',
    }),
    isWhole: Type.Optional(
      Type.Boolean({ description: 'At the root: false where the tree has more tasks than are shown' }),
    ),
  },
  { title: 'TaskTree' },
);
export type TaskTree = TaskView & { readonly children: TaskTree[]; readonly isWhole?: boolean };

export const LogLevel = Type.Enum(['debug', 'info', 'warn', 'warning', 'error']);
export const NewLogEntry = Type.Object(
  {
    level: Type.Optional(LogLevel),
    message: Type.String({ minLength: 1, maxLength: 8192 }),
    data: Type.Optional(Type.Unknown({ description: 'Any JSON' })),
  },
  {
    ...closed,
    title: 'NewLogEntry',
    examples: [{ level: 'warning', message: 'Image 17 is broken', data: { file: '17.png' } }],
  },
);
export type NewLogEntry = Static<typeof NewLogEntry>;
export const LogEntry = Type.Object(
  {
    seq: Type.Integer(),
    at: Instant,
    level: LogLevel,
    message: Type.String(),
    data: Type.Optional(Type.Unknown()),
    author: Type.Optional(Type.String({ description: 'The module that wrote it' })),
  },
  { title: 'LogEntry' },
);
export type LogEntry = Static<typeof LogEntry>;

export const ClaimTask = Type.Union([
  Type.Object(
    { module: Type.Optional(ModuleName('Who claims it; needed with an admin key')) },
    { ...closed, title: 'ClaimTask', examples: [{ module: 'Resizer' }] },
  ),
  Type.Null(),
]);
export type ClaimTask = Static<typeof ClaimTask>;
