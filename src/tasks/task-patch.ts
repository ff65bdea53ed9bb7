import { HubError } from '../lib/errors.js';
import type { TaskEdit } from './task-edit.js';
import { taskIdOf } from './task-json.js';
import type { TaskPatch } from './task-schema.js';
import { isTaskOver, type TaskState, type TaskVerb, wayTo } from './task-state.js';

/** These come after what is said of the task; the others before it. */
const ending: ReadonlySet<TaskVerb> = new Set(['complete', 'fail', 'cancel', 'pause']);

interface Known {
  /** The patch's own, as a key. */
  readonly parentId: number | null | undefined;
  readonly isParent: boolean;
}

/** What an own task of a message does not take: it follows the deliveries of the message. */
const ofItsMessage = ['state', 'dependsOn', 'assignee', 'error', 'done', 'total'] as const;

/**
 * Applies what was asked to an edit. A task is started before it progresses, and progresses before it ends.
 * @throws state_conflict, task_blocked, invalid_request
 */
export const applyPatch = (edit: TaskEdit, patch: TaskPatch, { parentId, isParent }: Known): void => {
  const verbs = verbsOf(edit, patch);
  describe(edit, patch, parentId);
  for (const verb of verbs) if (!ending.has(verb)) edit.move(verb);
  // Only now: to give a task back or to try it again makes it anybody's.
  if (patch.assignee !== undefined) edit.set({ assignee: patch.assignee });
  progress(edit, patch, isParent);
  if (patch.result !== undefined) edit.set({ result: JSON.stringify(patch.result) });
  if (patch.error !== undefined) edit.set({ error: patch.error === null ? null : JSON.stringify(patch.error) });
  for (const verb of verbs) if (ending.has(verb)) edit.move(verb);
};

const verbsOf = ({ row }: TaskEdit, patch: TaskPatch): readonly TaskVerb[] => {
  const name = taskIdOf(row.id);
  const state = row.state as TaskState;
  const foreign = row.is_own === 1 ? ofItsMessage.find((field) => patch[field] !== undefined) : undefined;
  if (foreign !== undefined)
    throw new HubError(
      'state_conflict',
      `${name} follows the deliveries of its message, so its ${foreign} is not set here.`,
    );
  if (patch.state !== undefined && patch.state !== state) return wayOrRefusal(name, state, patch.state);
  if (isTaskOver(state)) throw new HubError('state_conflict', `${name} is ${state}.`);
  const makesProgress = patch.percent !== undefined || patch.done !== undefined;
  if (!makesProgress || state === 'running' || state === 'paused') return [];
  if (row.is_own === 1) throw new HubError('state_conflict', `${name} is ${state}: nobody has claimed its delivery.`);
  return wayOrRefusal(name, state, 'running');
};

const wayOrRefusal = (name: string, from: TaskState, to: TaskState): readonly TaskVerb[] => {
  const way = wayTo(from, to);
  if (way !== undefined) return way;
  if (from === 'blocked') throw new HubError('task_blocked', `${name} waits for tasks that are not completed.`);
  throw new HubError('state_conflict', `${name} is ${from}; it cannot become ${to}.`);
};

const describe = (
  edit: TaskEdit,
  { title, kind, weight, total, assignee }: TaskPatch,
  parent: Known['parentId'],
): void => {
  const said = { title, kind, weight, total, parent_id: parent };
  const fields = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  const changed = [...Object.keys(fields), ...(assignee === undefined ? [] : ['assignee'])];
  if (changed.length === 0) return;
  edit.set(fields);
  edit.tell('task.updated', {
    changed: changed.map((field) => (field === 'parent_id' ? 'parentId' : field)),
    ...(assignee === undefined ? {} : { assignee }),
  });
};

const progress = (edit: TaskEdit, { percent, done, note }: TaskPatch, isParent: boolean): void => {
  if (percent !== undefined && done !== undefined)
    throw new HubError('invalid_request', 'Progress is a percent or a part that is done, not both.', {
      errors: [{ pointer: '/done', message: 'goes without percent' }],
    });
  const reached = done === undefined ? percent : edit.percentOf(done);
  if (reached !== undefined) edit.progress(reached, done ?? null, isParent);
  if (note !== undefined) edit.set({ note });
  if (reached === undefined && note === undefined) return;
  edit.tell('task.progressed', { percent: edit.row.percent, ...(note === undefined ? {} : { note }) });
};
