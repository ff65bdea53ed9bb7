import Type, { type TProperties } from 'typebox';
import { describeEvent, type EventDescription, Problem } from './event-description-schema.js';

const text = Type.String();
const attempt = Type.Integer({ description: 'how often it was started' });
const percent = Type.Number();
const dependsOn = Type.Optional(Type.Array(Type.String({ description: '`task_7`' })));
const error = Type.Optional(Problem);
const moved = { attempt, percent };
const ended = {
  ...moved,
  error,
  delivery: Type.Optional(Type.String({ description: 'what became of the delivery that it follows' })),
};

const describeTask = (when: string, data: TProperties = {}): EventDescription =>
  describeEvent(when, ['module?', 'messageId?', 'taskId'], { title: text, kind: text, ...data });

/** Of tasks. `module` is who has it, or else who made it. */
export const taskEvents = {
  'task.created': describeTask('It was made, or a message made it.', { state: text, dependsOn }),
  'task.updated': describeTask('What it says of itself was changed, or what it depends on.', {
    changed: Type.Optional(Type.Array(text)),
    assignee: Type.Optional(Type.Union([text, Type.Null()])),
    dependsOn,
  }),
  'task.claimed': describeTask('A module took it.', { assignee: text }),
  'task.started': describeTask('Work on it began.', { attempt, assignee: Type.Optional(text) }),
  'task.progressed': describeTask('Work went on, or went on below it.', {
    percent,
    note: Type.Optional(Type.Union([text, Type.Null()])),
    done: Type.Optional(Type.Number()),
    total: Type.Optional(Type.Number()),
  }),
  'task.logged': describeTask('Something was written into its log.', { level: text, message: text }),
  'task.paused': describeTask('It was put on hold.', moved),
  'task.resumed': describeTask('It goes on.', moved),
  'task.blocked': describeTask('It waits for others.', { dependsOn }),
  'task.unblocked': describeTask('All that it waited for is completed, or is waited for no more.', { dependsOn }),
  'task.completed': describeTask('It is done.', {
    attempt,
    tookMs: Type.Integer({ description: 'since it was started' }),
  }),
  'task.failed': describeTask('It ended without success; it can be tried again.', ended),
  'task.cancelled': describeTask('Nobody wants it any more, or it came too late.', ended),
  'task.released': describeTask('It was given back.', moved),
  'task.retried': describeTask('It is to be tried again.', { ...moved, error }),
  'task.deleted': describeTask('It was deleted, with its log.', { state: text }),
};
