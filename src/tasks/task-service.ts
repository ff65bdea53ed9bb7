import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { TaskLogRow, TaskRow } from '../db/task-tables.js';
import type { EventStore } from '../events/event-store.js';
import { keepActing } from '../lib/acting-key.js';
import type { Clock } from '../lib/clock.js';
import { type ErrorCode, HubError } from '../lib/errors.js';
import { fromPublicId, type IdPrefix } from '../lib/public-id.js';
import { taskDependencyStore } from './task-dependency-store.js';
import { TaskEdit } from './task-edit.js';
import { taskIdOf } from './task-json.js';
import { TaskLinks } from './task-links.js';
import { taskLogStore } from './task-log-store.js';
import { applyPatch } from './task-patch.js';
import type { TaskReadingService } from './task-reading-service.js';
import type { NewLogEntry, NewTask, TaskPatch, TaskView } from './task-schema.js';
import { taskStore } from './task-store.js';
import { noTask, TaskVerbs } from './task-verbs.js';

export interface TaskServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly reading: TaskReadingService;
  readonly modules: { find(name: string): object | undefined };
  /** @throws message_not_found */
  readonly messages: { get(id: number): Promise<object> };
}

/** Who acts: a module, or nobody in particular with an admin key, which may do everything. */
export type Actor = string | undefined;

/** Work whose progress is tracked: trees, dependencies, claims, a log. */
export class TaskService {
  readonly #parts: TaskServiceParts;
  readonly #verbs: TaskVerbs;
  readonly #links: TaskLinks;

  constructor(parts: TaskServiceParts) {
    this.#parts = parts;
    this.#verbs = new TaskVerbs(parts.events);
    this.#links = new TaskLinks(this.#verbs);
  }

  /** @throws task_not_found, task_cycle, state_conflict, module_not_found, message_not_found, invalid_request */
  async create(task: NewTask, by: Actor): Promise<TaskView> {
    const { database, clock } = this.#parts;
    const acting = keepActing();
    this.#checkAssignee(task.assignee);
    const messageId = keyOrNull('msg', task.messageId, 'message_not_found');
    if (messageId !== null) await this.#parts.messages.get(messageId);
    const parentId = keyOrNull('task', task.parentId, 'task_not_found');
    const dependsOn = taskKeys(task.dependsOn);
    const now = clock.now();
    const write = async (tx: Transaction): Promise<number> => {
      const ancestors = await this.#links.under(tx, parentId);
      const blockers = await this.#links.countOpen(tx, dependsOn, ancestors);
      const id = await taskStore.insert(tx, {
        title: task.title,
        kind: task.kind ?? 'task',
        state: blockers > 0 ? 'blocked' : 'pending',
        percent: 0,
        weight: task.weight ?? 1,
        total: task.total ?? null,
        parent_id: parentId,
        assignee: task.assignee ?? null,
        created_by: by ?? null,
        message_id: messageId,
        is_own: 0,
        blockers,
        created_at: now,
        ended_at: null,
      });
      await this.#links.add(tx, id, dependsOn);
      await this.#created(tx, id, dependsOn, now);
      return id;
    };
    return await this.#parts.reading.view(await acting(() => database.write(write)));
  }

  /** @throws task_not_found, forbidden, state_conflict, task_blocked, task_cycle, module_not_found, invalid_request */
  async patch(id: number, patch: TaskPatch, by: Actor): Promise<TaskView> {
    const { database, clock } = this.#parts;
    this.#checkAssignee(patch.assignee);
    const parentId = patch.parentId === undefined ? undefined : keyOrNull('task', patch.parentId, 'task_not_found');
    const dependsOn = patch.dependsOn === undefined ? undefined : taskKeys(patch.dependsOn);
    await database.write(async (tx) => {
      const now = clock.now();
      let row = await this.#verbs.locked(tx, id);
      checkParty(row, by);
      const isParent = await taskStore.hasChildren(tx, id);
      // What is refused is refused before anything is written.
      applyPatch(new TaskEdit(row, now), patch, { parentId, isParent });
      if (parentId !== undefined && parentId !== null) await this.#links.under(tx, parentId, id);
      if (dependsOn !== undefined) row = await this.#links.replace(tx, row, dependsOn, now);
      const edit = new TaskEdit(row, now);
      applyPatch(edit, patch, { parentId, isParent });
      await this.#verbs.save(tx, edit);
    });
    return await this.#parts.reading.view(id);
  }

  /** Starts a task that is free, for one module. @throws task_not_found, task_taken, task_blocked, state_conflict */
  async claim(id: number, module: string): Promise<TaskView> {
    const { database, clock } = this.#parts;
    this.#checkAssignee(module);
    await database.write(async (tx) => {
      const now = clock.now();
      // Read first: of many claims in one group, those that are refused must not have it done again.
      const isFree = isFreeFor(await taskStore.find(tx, id), module);
      const row = isFree ? await taskStore.claim(tx, { id, module, now }) : undefined;
      if (row === undefined) throw await this.#notFree(tx, id);
      await this.#verbs.tell(tx, row, now, [
        { type: 'task.claimed', data: { assignee: module } },
        { type: 'task.started', data: { attempt: row.attempt, assignee: module } },
      ]);
    });
    return await this.#parts.reading.view(id);
  }

  /** With `force` its children go with it, and those that depend on it wait no more. @throws task_not_found, forbidden, state_conflict */
  async remove(id: number, { force, by }: { force: boolean; by: Actor }): Promise<void> {
    const { database, clock } = this.#parts;
    await database.write(async (tx) => {
      const row = await this.#verbs.locked(tx, id);
      checkParty(row, by);
      if (!force) await this.#checkNotNeeded(tx, row);
      const now = clock.now();
      for (const each of await this.#withDescendants(tx, row)) await this.#removeOne(tx, each, now);
      await this.#verbs.rollUp(tx, row.parent_id, now);
    });
  }

  /** @throws task_not_found, forbidden */
  async log(id: number, { level = 'info', message, data }: NewLogEntry, by: Actor): Promise<TaskLogRow> {
    const { database, clock } = this.#parts;
    return await database.write(async (tx) => {
      const row = await taskStore.find(tx, id);
      if (row === undefined) throw noTask(id);
      checkParty(row, by);
      const at = clock.now();
      const dataJson = data === undefined ? null : JSON.stringify(data);
      const entry = { task_id: id, at, level, message, data: dataJson, author: by ?? null };
      const key = await taskLogStore.insert(tx, entry);
      const counted = { errors: level === 'error' ? 1 : 0, warnings: level.startsWith('warn') ? 1 : 0 };
      await taskStore.countLogged(tx, { id, ...counted, now: at });
      await this.#verbs.tell(tx, row, at, [{ type: 'task.logged', data: { level, message } }]);
      return { id: key, ...entry };
    });
  }

  async #created(tx: Transaction, id: number, dependsOn: readonly number[], now: number): Promise<void> {
    const row = (await taskStore.find(tx, id))!;
    const data = { state: row.state, ...(dependsOn.length === 0 ? {} : { dependsOn: dependsOn.map(taskIdOf) }) };
    const isBlocked = row.state === 'blocked';
    await this.#verbs.tell(tx, row, now, [
      { type: 'task.created', data },
      ...(isBlocked ? [{ type: 'task.blocked' as const, data: { dependsOn: data.dependsOn } }] : []),
    ]);
    await this.#verbs.rollUp(tx, row.parent_id, now);
  }

  async #notFree(tx: Transaction, id: number): Promise<HubError> {
    const row = await taskStore.find(tx, id);
    if (row === undefined) return noTask(id);
    const name = taskIdOf(id);
    if (row.is_own === 1)
      return new HubError('task_taken', `${name} follows its message; who claims its delivery works on it.`);
    if (row.state === 'blocked') return new HubError('task_blocked', `${name} waits for tasks that are not completed.`);
    if (row.state === 'pending') return new HubError('task_taken', `${name} is assigned to ${row.assignee}.`);
    if (row.state === 'running' || row.state === 'paused')
      return new HubError('task_taken', `${name} was taken${row.assignee === null ? '' : ` by ${row.assignee}`}.`);
    return new HubError('state_conflict', `${name} is ${row.state}.`);
  }

  async #checkNotNeeded(tx: Transaction, row: TaskRow): Promise<void> {
    const name = taskIdOf(row.id);
    if (await taskStore.hasChildren(tx, row.id))
      throw new HubError('state_conflict', `${name} has children; with ?force=true they are deleted too.`);
    if (row.state === 'completed') return;
    const [dependent] = await taskDependencyStore.dependentsOf(tx, row.id);
    if (dependent !== undefined)
      throw new HubError(
        'state_conflict',
        `${taskIdOf(dependent)} waits for ${name}; with ?force=true it waits no more.`,
      );
  }

  async #withDescendants(tx: Transaction, row: TaskRow): Promise<TaskRow[]> {
    const rows = [row];
    for (let level = [row.id]; level.length > 0; ) {
      const children = await taskStore.childrenOf(tx, level);
      rows.push(...children);
      level = children.map(({ id }) => id);
    }
    return rows;
  }

  async #removeOne(tx: Transaction, row: TaskRow, now: number): Promise<void> {
    await this.#links.cut(tx, row, now);
    await taskLogStore.removeOf(tx, row.id);
    await taskStore.remove(tx, row.id);
    await this.#verbs.tell(tx, row, now, [{ type: 'task.deleted', data: { state: row.state } }]);
  }

  #checkAssignee(name: string | null | undefined): void {
    if (name === null || name === undefined || this.#parts.modules.find(name) !== undefined) return;
    throw new HubError('module_not_found', `There is no module named ${JSON.stringify(name)}.`, {
      errors: [{ pointer: '/assignee', message: 'names no module' }],
    });
  }
}

const isFreeFor = (row: TaskRow | undefined, module: string): boolean =>
  row?.state === 'pending' && row.is_own === 0 && (row.assignee ?? module) === module;

/** @throws forbidden for a module that neither made the task nor has it */
const checkParty = ({ id, assignee, created_by }: TaskRow, by: Actor): void => {
  if (by === undefined || by === assignee || by === created_by) return;
  throw new HubError('forbidden', `${by} neither made ${taskIdOf(id)} nor has it; a free task can be claimed.`);
};

const keyOrNull = (prefix: IdPrefix, id: string | null | undefined, code: ErrorCode): number | null => {
  if (id === null || id === undefined) return null;
  const key = fromPublicId(prefix, id);
  if (key === undefined)
    throw new HubError(code, `There is no ${prefix === 'msg' ? 'message' : 'task'} ${JSON.stringify(id)}.`);
  return key;
};

/** Each once. */
const taskKeys = (ids: readonly string[] = []): number[] => [
  ...new Set(ids.map((id) => keyOrNull('task', id, 'task_not_found')!)),
];
