import type { Transaction } from '../db/statement.js';
import type { MessageRow } from '../db/tables.js';
import type { EventStore } from '../events/event-store.js';
import type { SentDelivery } from '../messages/message-json.js';
import type { FollowedMove, MessageTracking, Tally } from '../messages/message-tracking.js';
import type { Module } from '../modules/module.js';
import { TaskEdit } from './task-edit.js';
import { percentOfDone } from './task-plan.js';
import { isTaskOver, type TaskState, wayTo } from './task-state.js';
import { taskStore } from './task-store.js';
import { TaskVerbs } from './task-verbs.js';

const OWN_KIND = 'message';

type Failed = Extract<FollowedMove, { error: object }>;

/** How far the work on a message is, as who works on it lets see. */
export interface Reached {
  readonly messageId: number;
  readonly percent: number;
  /** What was reached before in this attempt: a task that stands at another percent was told by somebody else. */
  readonly before: ReadonlySet<number>;
  readonly now: number;
}

/**
 * The own task of a message: made with it, moved with its deliveries. Of one delivery it has the state, of several it counts how many
 * are done.
 */
export class MessageTasks implements MessageTracking {
  readonly #verbs: TaskVerbs;
  readonly #modules: { find(name: string): Module | undefined };

  constructor(events: EventStore, modules: { find(name: string): Module | undefined }) {
    this.#verbs = new TaskVerbs(events);
    this.#modules = modules;
  }

  /** Agents work in turns that take their time: people want to see how far they are. */
  isFollowed(module: string): boolean {
    const type = this.#modules.find(module)?.runtime.type;
    return type === 'claude' || type === 'command';
  }

  async begin(tx: Transaction, message: MessageRow, deliveries: readonly SentDelivery[]): Promise<number> {
    const [only, ...more] = deliveries;
    const assignee = more.length === 0 ? (only?.module ?? null) : null;
    const row = {
      title: titleOf(message, assignee),
      kind: OWN_KIND,
      state: 'pending',
      percent: 0,
      weight: 1,
      total: more.length === 0 ? null : deliveries.length,
      parent_id: null,
      assignee,
      created_by: message.sender,
      message_id: message.id,
      is_own: 1,
      blockers: 0,
      created_at: message.created_at,
      ended_at: null,
    };
    const id = await taskStore.insert(tx, row);
    const news = { type: 'task.created', data: { state: row.state } } as const;
    await this.#verbs.tell(tx, { ...row, id }, message.created_at, [news]);
    return id;
  }

  /** A task that was deleted, or that somebody has moved further, is left as it is. */
  async moved(tx: Transaction, task: number, move: FollowedMove, tally: () => Promise<Tally>): Promise<void> {
    const row = await taskStore.lock(tx, task);
    if (row === undefined) return;
    const edit = new TaskEdit(row, move.now);
    if (row.total === null) followOne(edit, move);
    else followMany(edit, row.total, move, await tally());
    await this.#verbs.save(tx, edit);
  }

  /**
   * It only ever rises until the delivery is tried again, and what somebody has told of the task goes before it, as do its children and the
   * count of a broadcast.
   */
  async reached(tx: Transaction, { messageId, percent, before, now }: Reached): Promise<void> {
    const own = await taskStore.ownOf(tx, messageId);
    const row = own === undefined ? undefined : await taskStore.lock(tx, own.id);
    if (row?.state !== 'running' || row.total !== null || percent <= row.percent || !before.has(row.percent)) return;
    if (await taskStore.hasChildren(tx, row.id)) return;
    const edit = new TaskEdit(row, now);
    edit.progress(percent, null, false);
    edit.tell('task.progressed', { percent });
    await this.#verbs.save(tx, edit);
  }
}

const titleOf = ({ type, sender, channel }: MessageRow, assignee: string | null): string => {
  const whom = assignee ?? (channel === null ? 'everyone' : `#${channel}`);
  return `${type} from ${sender} to ${whom}`;
};

const followOne = (edit: TaskEdit, move: FollowedMove): void => {
  const state = edit.row.state as TaskState;
  switch (move.kind) {
    case 'claimed':
      edit.set({ assignee: move.module });
      if (state === 'pending') edit.move('start');
      break;
    case 'done':
      end(edit, 'completed');
      break;
    case 'retried':
      giveBack(edit, move);
      break;
    case 'released':
      giveBack(edit);
      edit.set({ attempt: Math.max(0, edit.row.attempt - 1) });
      break;
    case 'redriven':
      tryAgain(edit);
      break;
    default:
      end(edit, move.kind === 'dead' && state === 'running' ? 'failed' : 'cancelled', move);
  }
};

const followMany = (edit: TaskEdit, total: number, move: FollowedMove, tally: Tally): void => {
  const { done = 0, dead = 0, pending = 0, leased = 0 } = tally;
  if (move.kind === 'claimed' && edit.row.state === 'pending') edit.move('start');
  if (move.kind === 'redriven') tryAgain(edit);
  if (isTaskOver(edit.row.state as TaskState)) return;
  if (done !== (edit.row.done ?? 0)) {
    const percent = percentOfDone(done, total);
    edit.set({ percent, done });
    edit.tell('task.progressed', { percent, done, total });
  }
  if (pending + leased > 0) return;
  const failed = 'error' in move ? move : undefined;
  if (dead > 0) end(edit, edit.row.state === 'running' ? 'failed' : 'cancelled', failed);
  else end(edit, done > 0 ? 'completed' : 'cancelled', failed);
  // Some were cancelled, or came too late: of the whole, only so much was done.
  if (done < total) edit.set({ done });
};

/** By the way that leads there, if there is one. */
const end = (edit: TaskEdit, to: 'completed' | 'failed' | 'cancelled', failed?: Failed): void => {
  const way = wayTo(edit.row.state as TaskState, to);
  if (way === undefined) return;
  const told = failed === undefined ? {} : { data: { error: failed.error, delivery: failed.kind } };
  for (const verb of way) edit.move(verb, verb === way.at(-1) ? told : {});
  if (failed !== undefined) edit.set({ error: JSON.stringify(failed.error) });
};

const giveBack = (edit: TaskEdit, failed?: Failed): void => {
  if (edit.row.state !== 'running') return;
  const { assignee } = edit.row;
  edit.move('release', failed === undefined ? {} : { type: 'task.retried', data: { error: failed.error } });
  edit.set({ assignee, ...(failed === undefined ? {} : { error: JSON.stringify(failed.error) }) });
};

const tryAgain = (edit: TaskEdit): void => {
  const { assignee, state } = edit.row;
  if (state !== 'failed' && state !== 'cancelled') return;
  edit.move('retry');
  edit.set({ assignee });
};
