/*
 *   starting -> idle <-> busy -> stopping -> stopped        idle <-> paused        any that is not over -> crashed
 *       ^                           |
 *       +---------restart-----------+
 *
 * A busy one that is to stop is `stopping` while its turn comes to its end. One that is restarted keeps its id and its session, with a
 * process of its own again.
 */
export const instanceStates = ['starting', 'idle', 'busy', 'paused', 'stopping', 'stopped', 'crashed'] as const;
export type InstanceState = (typeof instanceStates)[number];

const moves: Readonly<Record<InstanceState, readonly InstanceState[]>> = {
  starting: ['idle', 'busy', 'stopping', 'crashed'],
  idle: ['busy', 'paused', 'stopping', 'crashed'],
  busy: ['idle', 'stopping', 'crashed'],
  paused: ['idle', 'stopping', 'crashed'],
  stopping: ['starting', 'stopped', 'crashed'],
  stopped: [],
  crashed: [],
};

export const canMoveInstance = (from: InstanceState, to: InstanceState): boolean => moves[from].includes(to);

/** From where a state can be reached: the guard of the move. */
export const instanceStatesBefore = (to: InstanceState): readonly InstanceState[] =>
  instanceStates.filter((from) => canMoveInstance(from, to));

export const isInstanceOver = (state: InstanceState): boolean => moves[state].length === 0;
