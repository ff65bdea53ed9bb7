/*
 *   pending --block--> blocked --unblock--> pending          blocked: a task that it depends on is not completed
 *   pending --start--> running --complete--> completed
 *                      running --fail--> failed
 *                      running --pause--> paused --resume--> running
 *   running | paused --release--> pending                    given back: anybody may claim it
 *   pending | blocked | running | paused --cancel--> cancelled
 *   failed | cancelled --retry--> pending
 */
export const taskStates = ['pending', 'blocked', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const;
export type TaskState = (typeof taskStates)[number];

export const taskVerbs = [
  'start',
  'pause',
  'resume',
  'complete',
  'fail',
  'cancel',
  'release',
  'retry',
  'block',
  'unblock',
] as const;
export type TaskVerb = (typeof taskVerbs)[number];

const moves: Readonly<Record<TaskVerb, { readonly from: readonly TaskState[]; readonly to: TaskState }>> = {
  start: { from: ['pending'], to: 'running' },
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  complete: { from: ['running'], to: 'completed' },
  fail: { from: ['running'], to: 'failed' },
  cancel: { from: ['pending', 'blocked', 'running', 'paused'], to: 'cancelled' },
  release: { from: ['running', 'paused'], to: 'pending' },
  retry: { from: ['failed', 'cancelled'], to: 'pending' },
  block: { from: ['pending'], to: 'blocked' },
  unblock: { from: ['blocked'], to: 'pending' },
};

/** The state after the verb, or undefined where the state does not allow it. */
export const moveTask = (state: TaskState, verb: TaskVerb): TaskState | undefined =>
  moves[verb].from.includes(state) ? moves[verb].to : undefined;

export const isTaskOver = (state: TaskState): boolean =>
  state === 'completed' || state === 'failed' || state === 'cancelled';

/** Those that a person or a module may ask for; to block and to unblock is the hub's. */
const ways: Readonly<Record<TaskState, Readonly<Partial<Record<TaskState, readonly TaskVerb[]>>>>> = {
  pending: {
    pending: [],
    running: ['start'],
    completed: ['start', 'complete'],
    failed: ['start', 'fail'],
    cancelled: ['cancel'],
  },
  blocked: { blocked: [], cancelled: ['cancel'] },
  running: {
    running: [],
    paused: ['pause'],
    completed: ['complete'],
    failed: ['fail'],
    cancelled: ['cancel'],
    pending: ['release'],
  },
  paused: {
    paused: [],
    running: ['resume'],
    completed: ['resume', 'complete'],
    failed: ['resume', 'fail'],
    cancelled: ['cancel'],
    pending: ['release'],
  },
  completed: {},
  failed: { pending: ['retry'] },
  cancelled: { pending: ['retry'] },
};

/**
 * The verbs that lead to a state that was asked for: none where it is there, two where it goes by way of `running`, undefined where it
 * cannot be. A task that is over is not over again: who ends it twice is told.
 */
export const wayTo = (from: TaskState, to: TaskState): readonly TaskVerb[] | undefined => ways[from][to];
