import { sql } from 'kysely';
import { type Handle, insertion, statement, type Transaction } from '../db/statement.js';
import type { TaskRow } from '../db/task-tables.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { TaskFilter } from './task-types.js';

export type NewTaskRow = Pick<
  TaskRow,
  | 'title'
  | 'kind'
  | 'state'
  | 'percent'
  | 'weight'
  | 'total'
  | 'parent_id'
  | 'assignee'
  | 'created_by'
  | 'message_id'
  | 'is_own'
  | 'blockers'
  | 'created_at'
  | 'ended_at'
>;

const insertTask = insertion<NewTaskRow>()(
  'tasks',
  (p) => ({
    title: p('title'),
    kind: p('kind'),
    state: p('state'),
    percent: p('percent'),
    weight: p('weight'),
    total: p('total'),
    parent_id: p('parent_id'),
    assignee: p('assignee'),
    created_by: p('created_by'),
    message_id: p('message_id'),
    is_own: p('is_own'),
    blockers: p('blockers'),
    attempt: sql.lit(0),
    errors: sql.lit(0),
    warnings: sql.lit(0),
    created_at: p('created_at'),
    updated_at: p('created_at'),
    ended_at: p('ended_at'),
  }),
  { isOnlyWay: true },
);

const selectTask = statement<{ id: number }>()((db, p) => db.selectFrom('tasks').selectAll().where('id', '=', p('id')));

const lockTask = statement<{ id: number }>()((db, p, { forUpdate }) =>
  db.selectFrom('tasks').selectAll().where('id', '=', p('id')).modifyEnd(forUpdate),
);

/** What changes while a task lives; the rest is said once, or counted by the database. */
export type TaskChange = Pick<
  TaskRow,
  | 'title'
  | 'kind'
  | 'state'
  | 'percent'
  | 'weight'
  | 'total'
  | 'done'
  | 'parent_id'
  | 'assignee'
  | 'attempt'
  | 'note'
  | 'result'
  | 'error'
  | 'started_at'
  | 'ended_at'
>;

const saveTask = statement<TaskChange & { id: number; from: string; now: number }>()((db, p) =>
  db
    .updateTable('tasks')
    .set({
      title: p('title'),
      kind: p('kind'),
      state: p('state'),
      percent: p('percent'),
      weight: p('weight'),
      total: p('total'),
      done: p('done'),
      parent_id: p('parent_id'),
      assignee: p('assignee'),
      attempt: p('attempt'),
      note: p('note'),
      result: p('result'),
      error: p('error'),
      started_at: p('started_at'),
      ended_at: p('ended_at'),
      updated_at: p('now'),
    })
    .where('id', '=', p('id'))
    .where('state', '=', p('from')),
);

/** One statement, so that of many who claim it at once one finds it free. */
const claimTask = statement<{ id: number; module: string; now: number }>()((db, p) =>
  db
    .updateTable('tasks')
    .set({
      state: 'running',
      assignee: p('module'),
      attempt: sql`attempt + 1`,
      error: null,
      started_at: p('now'),
      updated_at: p('now'),
    })
    .where('id', '=', p('id'))
    .where('state', '=', sql.lit('pending'))
    .where('is_own', '=', sql.lit(0))
    .where((where) => where.or([where('assignee', 'is', null), where('assignee', '=', p('module'))]))
    .returningAll(),
);

/** Counted by the database: two that complete at the same time are both counted, and one of them finds that it was the last. */
const addBlockers = statement<{ ids: string; by: number }>()((db, p, { isOneOf }) =>
  db
    .updateTable('tasks')
    .set({
      blockers: sql<number>`blockers + ${p('by')}`,
      state: sql<string>`case when state = 'blocked' and blockers + ${p('by')} = 0 then 'pending'
        when state = 'pending' and blockers + ${p('by')} > 0 then 'blocked' else state end`,
    })
    .where(isOneOf('id', p('ids'), 'integer'))
    .returningAll(),
);

const countLogged = statement<{ id: number; errors: number; warnings: number; now: number }>()((db, p) =>
  db
    .updateTable('tasks')
    .set({
      errors: sql<number>`errors + ${p('errors')}`,
      warnings: sql<number>`warnings + ${p('warnings')}`,
      updated_at: p('now'),
    })
    .where('id', '=', p('id')),
);

const selectChildren = statement<{ parents: string }>()((db, p, { isOneOf }) =>
  db
    .selectFrom('tasks')
    .selectAll()
    .where(isOneOf('parent_id', p('parents'), 'integer'))
    .where('parent_id', 'is not', null)
    .orderBy('id'),
);
const selectWeights = statement<{ parent: number }>()((db, p) =>
  db
    .selectFrom('tasks')
    .select(['weight', 'percent', 'state'])
    .where('parent_id', '=', p('parent'))
    .where('parent_id', 'is not', null),
);
const selectFirstChild = statement<{ parent: number }>()((db, p) =>
  db
    .selectFrom('tasks')
    .select('id')
    .where('parent_id', '=', p('parent'))
    .where('parent_id', 'is not', null)
    .orderBy('id')
    .limit(1),
);
const selectOwn = statement<{ message: number }>()((db, p) =>
  db
    .selectFrom('tasks')
    .selectAll()
    .where('message_id', '=', p('message'))
    .where('message_id', 'is not', null)
    .where('is_own', '=', sql.lit(1)),
);
/** Nothing hangs on them: neither children nor tasks that wait. */
const selectOldOwn = statement<{ before: number; limit: number }>()((db, p) =>
  db
    .selectFrom('tasks')
    .select('id')
    .where('ended_at', '<', p('before'))
    .where('ended_at', 'is not', null)
    .where('is_own', '=', sql.lit(1))
    .where(
      sql<boolean>`not exists (select 1 from tasks as children where children.parent_id = tasks.id)
        and not exists (select 1 from task_dependencies where depends_on = tasks.id)`,
    )
    .orderBy('ended_at')
    .limit(p('limit')),
);
const deleteTask = statement<{ id: number }>()((db, p) => db.deleteFrom('tasks').where('id', '=', p('id')));

export const taskStore = {
  insert: async (tx: Transaction, row: NewTaskRow): Promise<number> => (await tx.insertAll(insertTask, [row]))[0]!,
  find: (handle: Handle, id: number): Awaitable<TaskRow | undefined> => handle.first(selectTask, { id }),
  /** To change it: nobody else does until the transaction ends. */
  lock: (tx: Transaction, id: number): Awaitable<TaskRow | undefined> => tx.first(lockTask, { id }),
  /** 0 where it is not in the state `from`. */
  save: (tx: Transaction, change: TaskChange & { id: number; from: string; now: number }): Awaitable<number> =>
    tx.run(saveTask, change),
  /** Undefined where it is not free for this module. */
  claim: (tx: Transaction, claim: { id: number; module: string; now: number }): Awaitable<TaskRow | undefined> =>
    tx.first(claimTask, claim),
  /** @returns the rows as they are now: those that have none left are pending again, those that have one are blocked */
  addBlockers: (tx: Transaction, ids: readonly number[], by: number): Awaitable<TaskRow[]> =>
    tx.all(addBlockers, { ids: JSON.stringify(ids), by }),
  countLogged: (
    tx: Transaction,
    counted: { id: number; errors: number; warnings: number; now: number },
  ): Awaitable<number> => tx.run(countLogged, counted),
  childrenOf: (handle: Handle, parents: readonly number[]): Awaitable<TaskRow[]> =>
    handle.all(selectChildren, { parents: JSON.stringify(parents) }),
  weights: (handle: Handle, parent: number): Awaitable<Pick<TaskRow, 'weight' | 'percent' | 'state'>[]> =>
    handle.all(selectWeights, { parent }),
  hasChildren: async (handle: Handle, parent: number): Promise<boolean> =>
    (await handle.first(selectFirstChild, { parent })) !== undefined,
  /** The task that a message has made. */
  ownOf: (handle: Handle, message: number): Awaitable<TaskRow | undefined> => handle.first(selectOwn, { message }),
  oldOwn: (tx: Transaction, before: number, limit: number): Awaitable<{ id: number }[]> =>
    tx.all(selectOldOwn, { before, limit }),
  remove: (tx: Transaction, id: number): Awaitable<number> => tx.run(deleteTask, { id }),

  /** Newest first. */
  list: (handle: Handle, filter: TaskFilter, limit: number): Promise<TaskRow[]> => {
    let query = handle.kysely.selectFrom('tasks').selectAll();
    if (filter.state !== undefined) query = query.where('state', '=', filter.state);
    if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
    if (filter.assignee !== undefined) query = query.where('assignee', '=', filter.assignee);
    if (filter.createdBy !== undefined) query = query.where('created_by', '=', filter.createdBy);
    if (filter.parent !== undefined) query = query.where('parent_id', '=', filter.parent);
    if (filter.message !== undefined) query = query.where('message_id', '=', filter.message);
    if (filter.after !== undefined) query = query.where('created_at', '>', filter.after);
    if (filter.before !== undefined) query = query.where('created_at', '<', filter.before);
    if (filter.below !== undefined) query = query.where('id', '<', filter.below);
    if (filter.q !== undefined) {
      const pattern = `%${filter.q.toLowerCase().replaceAll(/[%_\\]/g, '\\$&')}%`;
      query = query.where(
        sql<boolean>`(lower(title) like ${pattern} escape '\\' or lower(note) like ${pattern} escape '\\')`,
      );
    }
    return query.orderBy('id', 'desc').limit(limit).execute();
  },
};
