/*
 *   queued -> running -> succeeded | failed | interrupted | timed_out
 *             running <-> waiting_approval
 */
export const turnStates = [
  'queued',
  'running',
  'waiting_approval',
  'succeeded',
  'failed',
  'interrupted',
  'timed_out',
] as const;
export type TurnState = (typeof turnStates)[number];

const moves: Readonly<Record<TurnState, readonly TurnState[]>> = {
  queued: ['running', 'failed', 'interrupted'],
  running: ['waiting_approval', 'succeeded', 'failed', 'interrupted', 'timed_out'],
  waiting_approval: ['running', 'failed', 'interrupted', 'timed_out'],
  succeeded: [],
  failed: [],
  interrupted: [],
  timed_out: [],
};

export const canMoveTurn = (from: TurnState, to: TurnState): boolean => moves[from].includes(to);
export const isTurnOver = (state: TurnState): boolean => moves[state].length === 0;

/** Why a turn ended whose hub did before it. */
export const HUB_STOPPED = 'hub_stopped';
