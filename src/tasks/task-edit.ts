import type { TaskRow } from '../db/task-tables.js';
import type { EventType } from '../events/event-types.js';
import { HubError } from '../lib/errors.js';
import { taskIdOf } from './task-json.js';
import { percentOfDone } from './task-plan.js';
import { moveTask, type TaskState, type TaskVerb } from './task-state.js';

export interface TaskNews {
  readonly type: EventType;
  readonly data: object;
}

/** A task as it was, as it becomes, and what is told of that. Changes no row: see TaskVerbs.save. */
export class TaskEdit {
  readonly before: TaskRow;
  readonly news: TaskNews[] = [];
  readonly #now: number;
  #row: TaskRow;

  constructor(before: TaskRow, now: number) {
    this.before = before;
    this.#row = before;
    this.#now = now;
  }

  get row(): TaskRow {
    return this.#row;
  }

  get now(): number {
    return this.#now;
  }

  get isChanged(): boolean {
    return this.#row !== this.before;
  }

  set(fields: Partial<TaskRow>): void {
    this.#row = { ...this.#row, ...fields };
  }

  tell(type: EventType, data: object = {}): void {
    this.news.push({ type, data });
  }

  /** @param as what is told of it, where that is not the verb's own event @throws state_conflict */
  move(verb: TaskVerb, as: Partial<TaskNews> = {}): void {
    const { state, id } = this.#row;
    const to = moveTask(state as TaskState, verb);
    if (to === undefined) throw new HubError('state_conflict', `${taskIdOf(id)} is ${state}; it cannot ${verb}.`);
    const hasWaitedFor = this.#row.blockers > 0 && to === 'pending';
    this.set({ state: hasWaitedFor ? 'blocked' : to, ...this.#fieldsOf(verb) });
    this.tell(as.type ?? eventOf[verb], { ...this.#dataOf(verb), ...as.data });
  }

  /** @param isParent its percent follows its children @throws state_conflict */
  progress(percent: number, done: number | null, isParent: boolean): void {
    if (isParent)
      throw new HubError('state_conflict', `The percent of ${taskIdOf(this.#row.id)} follows from its children.`);
    this.set({ percent, done });
  }

  /** @throws invalid_request where there is no total, or more was done than there is */
  percentOf(done: number): number {
    const { total } = this.#row;
    if (total !== null && done <= total) return percentOfDone(done, total);
    const message = total === null ? 'needs a total' : `must be <= ${total}, the total`;
    throw new HubError('invalid_request', `The task cannot have that much done: it ${message}.`, {
      errors: [{ pointer: '/done', message }],
    });
  }

  #fieldsOf(verb: TaskVerb): Partial<TaskRow> {
    const { attempt, total, done } = this.#row;
    switch (verb) {
      case 'start':
        return { attempt: attempt + 1, started_at: this.#now, error: null };
      case 'complete':
        return { percent: 100, done: total ?? done, ended_at: this.#now };
      case 'fail':
      case 'cancel':
        return { ended_at: this.#now };
      case 'release':
      case 'retry':
        return { percent: 0, done: null, assignee: null, started_at: null, ended_at: null };
      default:
        return {};
    }
  }

  #dataOf(verb: TaskVerb): object {
    const { attempt, percent, assignee } = this.#row;
    if (verb === 'start') return { attempt, ...(assignee === null ? {} : { assignee }) };
    if (verb === 'complete') return { attempt, tookMs: this.#now - (this.#row.started_at ?? this.#now) };
    return { attempt, percent };
  }
}

const eventOf: Readonly<Record<TaskVerb, EventType>> = {
  start: 'task.started',
  pause: 'task.paused',
  resume: 'task.resumed',
  complete: 'task.completed',
  fail: 'task.failed',
  cancel: 'task.cancelled',
  release: 'task.released',
  retry: 'task.retried',
  block: 'task.blocked',
  unblock: 'task.unblocked',
};
