import type { Database } from '../db/database.js';
import type { Handle } from '../db/statement.js';
import type { TaskLogRow, TaskRow } from '../db/task-tables.js';
import { taskDependencyStore } from './task-dependency-store.js';
import { taskView } from './task-json.js';
import { taskLogStore } from './task-log-store.js';
import type { TaskTree, TaskView } from './task-schema.js';
import { taskStore } from './task-store.js';
import type { DependencyRow, LogFilter, TaskFilter } from './task-types.js';
import { noTask } from './task-verbs.js';

const MOST_IN_TREE = 10_000;

/** Tasks as they are shown: one, many, with everything below it, with its log. */
export class TaskReadingService {
  readonly #read: Handle;

  constructor({ read }: Pick<Database, 'read'>) {
    this.#read = read;
  }

  /** @throws task_not_found */
  async get(id: number): Promise<TaskRow> {
    const row = await taskStore.find(this.#read, id);
    if (row === undefined) throw noTask(id);
    return row;
  }

  /** The task that a message has made. */
  async ownOf(message: number): Promise<TaskRow | undefined> {
    return await taskStore.ownOf(this.#read, message);
  }

  /** @throws task_not_found */
  async view(id: number): Promise<TaskView> {
    const [view] = await this.#views([await this.get(id)]);
    return view!;
  }

  /** Newest first. */
  async list(filter: TaskFilter, limit: number): Promise<TaskView[]> {
    return await this.#views(await taskStore.list(this.#read, filter, limit));
  }

  /** All that fit, newest first, page by page, so that nobody holds all of them. */
  async *all(filter: TaskFilter, pageSize = 500): AsyncGenerator<readonly TaskView[]> {
    for (let below: number | undefined; ; ) {
      const rows = await taskStore.list(this.#read, { ...filter, ...(below === undefined ? {} : { below }) }, pageSize);
      if (rows.length > 0) yield await this.#views(rows);
      if (rows.length < pageSize) return;
      below = rows.at(-1)!.id;
    }
  }

  /** Oldest first. @throws task_not_found */
  async logOf(filter: LogFilter): Promise<TaskLogRow[]> {
    await this.get(filter.task);
    return await taskLogStore.list(this.#read, filter);
  }

  /** The task with everything below it. @throws task_not_found */
  async tree(id: number): Promise<TaskTree> {
    const rows = [await this.get(id)];
    let isWhole = true;
    for (let level = rows.map((row) => row.id); level.length > 0; ) {
      const children = await taskStore.childrenOf(this.#read, level);
      isWhole &&= rows.length + children.length <= MOST_IN_TREE;
      if (!isWhole) break;
      rows.push(...children);
      level = children.map((child) => child.id);
    }
    const nodes = (await this.#views(rows)).map((view): TaskTree => ({ ...view, children: [] }));
    const byId = new Map(nodes.map((node) => [node.id, node]));
    for (const node of nodes.slice(1)) byId.get(node.parentId ?? '')?.children.push(node);
    return isWhole ? nodes[0]! : { ...nodes[0]!, isWhole };
  }

  async #views(rows: readonly TaskRow[]): Promise<TaskView[]> {
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    const of = new Map<number, DependencyRow[]>();
    for (const dependency of await taskDependencyStore.of(this.#read, ids)) {
      const known = of.get(dependency.task_id);
      if (known === undefined) of.set(dependency.task_id, [dependency]);
      else known.push(dependency);
    }
    return rows.map((row) => taskView(row, of.get(row.id) ?? []));
  }
}
