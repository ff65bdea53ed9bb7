import type { Module } from '../modules/module.js';
import type { AgentProcess } from './drivers/agent-driver.js';
import type { InstanceState } from './instance-state.js';

/** One live agent process, as the pool holds it. */
export interface AgentInstance {
  readonly id: number;
  readonly module: string;
  readonly conversationId: string;
  readonly sessionId: string;
  /** The module's descriptor as it was when the process started: a changed one needs a new process. */
  readonly descriptor: string;
  readonly process: AgentProcess;
  readonly startedAt: number;
  state: InstanceState;
  /** The session is on record, so that the next process of the conversation resumes it. */
  isSessionKept: boolean;
  turns: number;
  /** Dollars since the process started; the CLI's own figure, which is cumulative. */
  costUsd: number;
  lastUsedAt: number;
}

export const conversationKey = ({ module, conversationId }: Pick<AgentInstance, 'module' | 'conversationId'>): string =>
  `${module}\n${conversationId}`;

/** Warm, and still what its module asks for. */
export const isReadyFor = (instance: AgentInstance, module: Module): boolean =>
  instance.state === 'idle' && instance.descriptor === module.row.descriptor;

/** Which idle instance makes room: the one that was used longest ago. */
export const leastRecentlyUsed = (instances: Iterable<AgentInstance>): AgentInstance | undefined => {
  let oldest: AgentInstance | undefined;
  for (const instance of instances) {
    if (instance.state === 'idle' && (oldest === undefined || instance.lastUsedAt < oldest.lastUsedAt))
      oldest = instance;
  }
  return oldest;
};
