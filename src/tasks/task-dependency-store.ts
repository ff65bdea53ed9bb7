import { type Handle, statement, type Transaction } from '../db/statement.js';
import type { Awaitable } from '../lib/awaitable.js';
import type { DependencyRow } from './task-types.js';

interface Edge {
  readonly task: number;
  readonly dependsOn: number;
}

const insertEdge = statement<Edge>()((db, p) =>
  db.insertInto('task_dependencies').values({ task_id: p('task'), depends_on: p('dependsOn') }),
);
const deleteEdge = statement<Edge>()((db, p) =>
  db.deleteFrom('task_dependencies').where('task_id', '=', p('task')).where('depends_on', '=', p('dependsOn')),
);
const selectOf = statement<{ tasks: string }>()((db, p, { isOneOf }) =>
  db
    .selectFrom('task_dependencies')
    .innerJoin('tasks', 'tasks.id', 'task_dependencies.depends_on')
    .select(['task_dependencies.task_id', 'task_dependencies.depends_on', 'tasks.state'])
    .where(isOneOf('task_dependencies.task_id', p('tasks'), 'integer'))
    .orderBy('task_dependencies.task_id')
    .orderBy('task_dependencies.depends_on'),
);
const selectDependents = statement<{ task: number }>()((db, p) =>
  db.selectFrom('task_dependencies').select('task_id').where('depends_on', '=', p('task')).orderBy('task_id'),
);
/** Everything that the tasks wait for, and what that waits for, and so on. */
const selectReachable = statement<{ tasks: string }>()((db, p, { isOneOf }) =>
  db
    .withRecursive('reached(task_id, depends_on)', (within) =>
      within
        .selectFrom('task_dependencies')
        .select(['task_dependencies.task_id', 'task_dependencies.depends_on'])
        .where(isOneOf('task_dependencies.task_id', p('tasks'), 'integer'))
        .union((further) =>
          further
            .selectFrom('task_dependencies')
            .innerJoin('reached', 'reached.depends_on', 'task_dependencies.task_id')
            .select(['task_dependencies.task_id', 'task_dependencies.depends_on']),
        ),
    )
    .selectFrom('reached')
    .select(['task_id', 'depends_on']),
);

export const taskDependencyStore = {
  add: (tx: Transaction, task: number, dependsOn: number): Awaitable<number> => tx.run(insertEdge, { task, dependsOn }),
  remove: (tx: Transaction, task: number, dependsOn: number): Awaitable<number> =>
    tx.run(deleteEdge, { task, dependsOn }),
  /** What each of the tasks depends on. */
  of: (handle: Handle, tasks: readonly number[]): Awaitable<DependencyRow[]> =>
    handle.all(selectOf, { tasks: JSON.stringify(tasks) }),
  dependentsOf: async (handle: Handle, task: number): Promise<number[]> =>
    (await handle.all(selectDependents, { task })).map(({ task_id }) => task_id),
  reachableFrom: (handle: Handle, tasks: readonly number[]): Awaitable<{ task_id: number; depends_on: number }[]> =>
    handle.all(selectReachable, { tasks: JSON.stringify(tasks) }),
};
