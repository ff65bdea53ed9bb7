import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { TaskLogRow } from '../db/task-tables.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { LogFilter } from './task-types.js';

const insertEntry = statement<Omit<TaskLogRow, 'id'>>()((db, p) =>
  db.insertInto('task_log').values({
    task_id: p('task_id'),
    at: p('at'),
    level: p('level'),
    message: p('message'),
    data: p('data'),
    author: p('author'),
  }),
);
const deleteEntries = statement<{ task: number }>()((db, p) =>
  db.deleteFrom('task_log').where('task_id', '=', p('task')),
);

export const taskLogStore = {
  insert: (tx: Transaction, row: Omit<TaskLogRow, 'id'>): Awaitable<number> => tx.insert(insertEntry, row),
  removeOf: (tx: Transaction, task: number): Awaitable<number> => tx.run(deleteEntries, { task }),
  /** Oldest first. */
  list: (handle: Handle, { task, level, above, limit }: LogFilter): Promise<TaskLogRow[]> => {
    const query = handle.kysely.selectFrom('task_log').selectAll().where('task_id', '=', task).where('id', '>', above);
    const fitting = level === undefined ? query : query.where('level', 'in', sameLevel(level));
    return fitting.orderBy('id').limit(limit).execute();
  },
};

/** Languages differ in what they call it. */
const sameLevel = (level: string): string[] => (level.startsWith('warn') ? ['warn', 'warning'] : [level]);
