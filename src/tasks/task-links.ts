import type { Transaction } from '../db/statement.js';
import type { TaskRow } from '../db/task-tables.js';
import { HubError } from '../lib/errors.js';
import { taskDependencyStore } from './task-dependency-store.js';
import { taskIdOf } from './task-json.js';
import { circleOf } from './task-plan.js';
import { isTaskOver, type TaskState } from './task-state.js';
import { taskStore } from './task-store.js';
import type { TaskVerbs } from './task-verbs.js';

const DEEPEST = 50;

/** What a task hangs on: its parent, and the tasks that it depends on. In the caller's transaction. */
export class TaskLinks {
  readonly #verbs: TaskVerbs;

  constructor(verbs: TaskVerbs) {
    this.#verbs = verbs;
  }

  /** A new parent, and those above it, nearest first. @throws task_not_found, task_cycle, invalid_request, state_conflict where it is over */
  async under(tx: Transaction, parent: number | null, child?: number): Promise<number[]> {
    const path = await this.#ancestors(tx, parent, child);
    const row = path[0] === undefined ? undefined : await taskStore.lock(tx, path[0]);
    if (row !== undefined && isTaskOver(row.state as TaskState))
      throw new HubError('state_conflict', `${taskIdOf(row.id)} is ${row.state}; it takes no more children.`);
    const waitedFor = child === undefined ? [] : await taskDependencyStore.of(tx, [child]);
    for (const { depends_on } of waitedFor) if (path.includes(depends_on)) throw standsAbove(depends_on);
    return path;
  }

  /** How many of these are not completed. They do not change before the transaction ends. @throws task_not_found, task_cycle */
  async countOpen(tx: Transaction, dependsOn: readonly number[], ancestors: readonly number[]): Promise<number> {
    let open = 0;
    for (const id of [...dependsOn].sort((a, b) => a - b)) {
      if (ancestors.includes(id)) throw standsAbove(id);
      const row = await taskStore.lock(tx, id);
      if (row === undefined) throw unknownTask(id, '/dependsOn');
      if (row.state !== 'completed') open++;
    }
    return open;
  }

  async add(tx: Transaction, task: number, dependsOn: readonly number[]): Promise<void> {
    for (const id of dependsOn) await taskDependencyStore.add(tx, task, id);
  }

  /** The task depends on these and on no others. @returns the row as it is then @throws task_cycle, task_not_found, state_conflict */
  async replace(tx: Transaction, task: TaskRow, dependsOn: readonly number[], now: number): Promise<TaskRow> {
    if (task.state !== 'pending' && task.state !== 'blocked')
      throw new HubError('state_conflict', `${taskIdOf(task.id)} is ${task.state}; what it waits for is settled.`);
    const reachable = await taskDependencyStore.reachableFrom(tx, dependsOn);
    const path = circleOf(
      task.id,
      dependsOn,
      reachable.map(({ task_id, depends_on }) => [task_id, depends_on] as const),
    );
    if (path !== undefined) throw circle(path);
    const ancestors = await this.#ancestors(tx, task.parent_id, task.id);
    const present = (await taskDependencyStore.of(tx, [task.id])).map(({ depends_on }) => depends_on);
    const open = await this.countOpen(tx, dependsOn, ancestors);
    for (const id of present.filter((each) => !dependsOn.includes(each)))
      await taskDependencyStore.remove(tx, task.id, id);
    await this.add(
      tx,
      task.id,
      dependsOn.filter((each) => !present.includes(each)),
    );
    const [row = task] = await taskStore.addBlockers(tx, [task.id], open - task.blockers);
    const data = { dependsOn: dependsOn.map(taskIdOf) };
    await this.#verbs.tell(tx, row, now, [
      { type: 'task.updated', data },
      ...(row.state === task.state
        ? []
        : [{ type: row.state === 'blocked' ? ('task.blocked' as const) : ('task.unblocked' as const), data }]),
    ]);
    return row;
  }

  /** Nobody waits for it any more, and it for nobody. */
  async cut(tx: Transaction, task: TaskRow, now: number): Promise<void> {
    const dependents = await taskDependencyStore.dependentsOf(tx, task.id);
    for (const id of dependents) await taskDependencyStore.remove(tx, id, task.id);
    if (task.state !== 'completed') await this.#verbs.unblock(tx, dependents, now);
    for (const { depends_on } of await taskDependencyStore.of(tx, [task.id]))
      await taskDependencyStore.remove(tx, task.id, depends_on);
  }

  async #ancestors(tx: Transaction, parent: number | null, child: number | undefined): Promise<number[]> {
    const path: number[] = [];
    for (let id = parent; id !== null; ) {
      if (id === child) throw circle([child, ...path, child]);
      const row = await taskStore.find(tx, id);
      if (row === undefined) throw unknownTask(id, '/parentId');
      path.push(id);
      if (path.length > DEEPEST)
        throw new HubError('invalid_request', `Tasks stand in each other over at most ${DEEPEST} levels.`, {
          errors: [{ pointer: '/parentId', message: 'is nested too deeply' }],
        });
      id = row.parent_id;
    }
    return path;
  }
}

const unknownTask = (id: number, pointer: string): HubError =>
  new HubError('task_not_found', `There is no task ${taskIdOf(id)}.`, {
    errors: [{ pointer, message: 'names no task' }],
  });

const standsAbove = (id: number): HubError =>
  new HubError('task_cycle', `The task cannot wait for ${taskIdOf(id)}, which it is a part of.`);

const circle = (path: readonly number[]): HubError =>
  new HubError('task_cycle', `The tasks would wait for each other: ${path.map(taskIdOf).join(' -> ')}.`);
