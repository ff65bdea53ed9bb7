import type { Generated, Selectable } from 'kysely';

/** What is tracked; as in `tables.ts`. */
export interface TaskTables {
  tasks: TaskTable;
  task_dependencies: { task_id: number; depends_on: number };
  task_log: TaskLogTable;
}

export interface TaskTable {
  id: Generated<number>;
  title: string;
  kind: string;
  state: string;
  percent: number;
  /** What it counts for in the percent of its parent. */
  weight: number;
  total: number | null;
  done: number | null;
  parent_id: number | null;
  assignee: string | null;
  /** The module that made it; nobody's where that was an admin key. */
  created_by: string | null;
  message_id: number | null;
  /** 1 where it follows the deliveries of its message. */
  is_own: number;
  /** How many of its dependencies are not completed. */
  blockers: number;
  attempt: number;
  note: string | null;
  result: string | null;
  error: string | null;
  errors: number;
  warnings: number;
  created_at: number;
  updated_at: number;
  started_at: number | null;
  ended_at: number | null;
}

export interface TaskLogTable {
  id: Generated<number>;
  task_id: number;
  at: number;
  level: string;
  message: string;
  data: string | null;
  author: string | null;
}

export type TaskRow = Selectable<TaskTable>;
export type TaskLogRow = Selectable<TaskLogTable>;
