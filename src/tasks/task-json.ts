import type { TaskLogRow, TaskRow } from '../db/task-tables.js';
import { optionalRfc3339, toRfc3339 } from '../lib/clock.js';
import { toPublicId } from '../lib/public-id.js';
import type { LogEntry, TaskError, TaskView } from './task-schema.js';
import type { TaskState } from './task-state.js';
import type { DependencyRow } from './task-types.js';

export const taskIdOf = (key: number): string => toPublicId('task', key);

export const taskView = (row: TaskRow, dependencies: readonly DependencyRow[]): TaskView => ({
  id: taskIdOf(row.id),
  title: row.title,
  kind: row.kind,
  state: row.state as TaskState,
  percent: row.percent,
  weight: row.weight,
  ...(row.total === null ? {} : { total: row.total }),
  ...(row.done === null ? {} : { done: row.done }),
  ...(row.parent_id === null ? {} : { parentId: taskIdOf(row.parent_id) }),
  dependsOn: dependencies.map(({ depends_on }) => taskIdOf(depends_on)),
  blockedBy: dependencies.filter(({ state }) => state !== 'completed').map(({ depends_on }) => taskIdOf(depends_on)),
  ...(row.assignee === null ? {} : { assignee: row.assignee }),
  ...(row.created_by === null ? {} : { createdBy: row.created_by }),
  ...(row.message_id === null ? {} : { messageId: toPublicId('msg', row.message_id) }),
  ...(row.is_own === 1 ? { followsMessage: true } : {}),
  attempt: row.attempt,
  ...(row.note === null ? {} : { note: row.note }),
  ...(row.result === null ? {} : { result: JSON.parse(row.result) as unknown }),
  ...(row.error === null ? {} : { error: JSON.parse(row.error) as TaskError }),
  errorCount: row.errors,
  warningCount: row.warnings,
  createdAt: toRfc3339(row.created_at),
  updatedAt: toRfc3339(row.updated_at),
  ...(row.started_at === null ? {} : { startedAt: optionalRfc3339(row.started_at)! }),
  ...(row.ended_at === null ? {} : { endedAt: optionalRfc3339(row.ended_at)! }),
});

export const logEntryView = (row: TaskLogRow): LogEntry => ({
  seq: row.id,
  at: toRfc3339(row.at),
  level: row.level as LogEntry['level'],
  message: row.message,
  ...(row.data === null ? {} : { data: JSON.parse(row.data) as unknown }),
  ...(row.author === null ? {} : { author: row.author }),
});
