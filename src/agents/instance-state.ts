/*
 *   starting -> idle <-> busy -> stopping -> stopped        idle <-> paused        any that is not over -> crashed
 */
export const instanceStates = ['starting', 'idle', 'busy', 'paused', 'stopping', 'stopped', 'crashed'] as const;
export type InstanceState = (typeof instanceStates)[number];

const moves: Readonly<Record<InstanceState, readonly InstanceState[]>> = {
  starting: ['idle', 'busy', 'stopping', 'crashed'],
  idle: ['busy', 'paused', 'stopping', 'crashed'],
  busy: ['idle', 'stopping', 'crashed'],
  paused: ['idle', 'stopping', 'crashed'],
  stopping: ['stopped', 'crashed'],
  stopped: [],
  crashed: [],
};

export const canMoveInstance = (from: InstanceState, to: InstanceState): boolean => moves[from].includes(to);
