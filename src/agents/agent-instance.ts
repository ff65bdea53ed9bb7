import type { AgentProcess } from './drivers/agent-driver.js';
import type { InstanceState } from './instance-state.js';

/** One live agent process, as the pool holds it. */
export interface AgentInstance {
  readonly id: number;
  readonly module: string;
  readonly conversationId: string;
  readonly sessionId: string;
  /** The module's descriptor as it was when the process started: a changed one needs a new process. */
  readonly revision: number;
  readonly process: AgentProcess;
  readonly startedAt: number;
  state: InstanceState;
  turns: number;
  /** Dollars since the process started; the CLI's own figure, which is cumulative. */
  costUsd: number;
  lastUsedAt: number;
}

export const conversationOf = (module: string, conversationId: string): string => `${module}\n${conversationId}`;

/** Which idle instance makes room: the one that was used longest ago. */
export const leastRecentlyUsed = (instances: Iterable<AgentInstance>): AgentInstance | undefined => {
  let oldest: AgentInstance | undefined;
  for (const instance of instances) {
    if (instance.state === 'idle' && (oldest === undefined || instance.lastUsedAt < oldest.lastUsedAt))
      oldest = instance;
  }
  return oldest;
};
