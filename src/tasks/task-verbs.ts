import type { Transaction } from '../db/statement.js';
import type { TaskRow } from '../db/task-tables.js';
import type { EventStore } from '../events/event-store.js';
import type { NewEvent } from '../events/event-types.js';
import { HubError } from '../lib/errors.js';
import { taskDependencyStore } from './task-dependency-store.js';
import { TaskEdit, type TaskNews } from './task-edit.js';
import { taskIdOf } from './task-json.js';
import { percentOfChildren } from './task-plan.js';
import { isTaskOver, type TaskState } from './task-state.js';
import { taskStore } from './task-store.js';

type Subject = Pick<TaskRow, 'id' | 'title' | 'kind' | 'assignee' | 'created_by' | 'message_id'>;

/** Whom a change of one task concerns as well: its parents, its children, and those that wait for it. All in the caller's transaction. */
export class TaskVerbs {
  readonly #events: EventStore;

  constructor(events: EventStore) {
    this.#events = events;
  }

  /** To change it. @throws task_not_found */
  async locked(tx: Transaction, id: number): Promise<TaskRow> {
    const row = await taskStore.lock(tx, id);
    if (row === undefined) throw noTask(id);
    return row;
  }

  /** Writes an edit with all that follows from it. @throws state_conflict where the task has moved on */
  async save(tx: Transaction, edit: TaskEdit): Promise<void> {
    const { before, row, news, now } = edit;
    if (!edit.isChanged) return;
    if ((await taskStore.save(tx, { ...row, from: before.state, now })) === 0)
      throw new HubError('state_conflict', `${taskIdOf(row.id)} is not ${before.state} any more.`);
    await this.tell(tx, row, now, news);
    if (row.state === 'completed') await this.#freeDependents(tx, row, now);
    if (row.state === 'cancelled' && before.state !== 'cancelled') await this.#cancelChildren(tx, row, now);
    if (row.parent_id !== before.parent_id) await this.rollUp(tx, before.parent_id, now);
    if (isCountedAnew(before, row)) await this.rollUp(tx, row.parent_id, now);
  }

  async tell(tx: Transaction, row: Subject, at: number, news: readonly TaskNews[]): Promise<void> {
    if (news.length > 0)
      await this.#events.appendAll(
        tx,
        news.map((each) => eventOf(row, at, each)),
      );
  }

  /** A child has changed: its parent's percent, and that of those above it, as long as something changes. */
  async rollUp(tx: Transaction, parent: number | null, now: number): Promise<void> {
    for (let id = parent; id !== null; ) {
      const row = await taskStore.lock(tx, id);
      if (row === undefined || isTaskOver(row.state as TaskState)) return;
      const percent = percentOfChildren(await taskStore.weights(tx, id));
      if (percent === undefined || percent === row.percent) return;
      await taskStore.save(tx, { ...row, percent, from: row.state, now });
      await this.tell(tx, row, now, [{ type: 'task.progressed', data: { percent } }]);
      id = row.parent_id;
    }
  }

  /** These have one blocker less; those that have none left are free. */
  async unblock(tx: Transaction, ids: readonly number[], now: number): Promise<void> {
    if (ids.length === 0) return;
    for (const row of await taskStore.addBlockers(tx, ids, -1))
      if (row.blockers === 0 && row.state === 'pending')
        await this.tell(tx, row, now, [{ type: 'task.unblocked', data: {} }]);
  }

  async #freeDependents(tx: Transaction, row: TaskRow, now: number): Promise<void> {
    await this.unblock(tx, await taskDependencyStore.dependentsOf(tx, row.id), now);
  }

  /** What nobody wants any more, nobody wants in part. */
  async #cancelChildren(tx: Transaction, row: TaskRow, now: number): Promise<void> {
    for (const { id } of await taskStore.childrenOf(tx, [row.id])) {
      const child = await taskStore.lock(tx, id);
      if (child === undefined || child.is_own === 1 || isTaskOver(child.state as TaskState)) continue;
      const edit = new TaskEdit(child, now);
      edit.move('cancel');
      await this.save(tx, edit);
    }
  }
}

export const noTask = (id: number): HubError => new HubError('task_not_found', `There is no task ${taskIdOf(id)}.`);

const isCountedAnew = (before: TaskRow, row: TaskRow): boolean =>
  row.percent !== before.percent ||
  row.weight !== before.weight ||
  row.parent_id !== before.parent_id ||
  (row.state === 'cancelled') !== (before.state === 'cancelled');

const eventOf = (row: Subject, at: number, { type, data }: TaskNews): NewEvent => ({
  type,
  at,
  module: row.assignee ?? row.created_by,
  messageId: row.message_id,
  taskId: row.id,
  data: { title: row.title, kind: row.kind, ...data },
});
