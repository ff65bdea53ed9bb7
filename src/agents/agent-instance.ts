import type { Acting } from '../lib/acting-key.js';
import type { ClaudeSettings } from '../modules/claude-runtime-schema.js';
import type { Module } from '../modules/module.js';
import type { FiguresByModel } from './costs/turn-cost-plan.js';
import type { AgentProcess } from './drivers/agent-driver.js';
import type { InstanceState } from './instance-state.js';
import { recycleReason } from './recycle-plan.js';
import type { RunningTurn } from './running-turn.js';

/** One live agent, as the pool of its hub holds it. */
export interface AgentInstance {
  readonly id: number;
  readonly module: string;
  readonly name: string | undefined;
  /** Undefined for a spare, until a conversation that has no session yet takes it. */
  conversationId: string | undefined;
  readonly startedAt: number;
  /** Of its process; these change with a restart. */
  run: InstanceRun;
  state: InstanceState;
  /** What a person has asked of it while it was busy. */
  wanted: Wanted | undefined;
  turn: RunningTurn | undefined;
  /** Its process is being replaced: the end of the old one is not the end of the instance. */
  isRestarting: boolean;
  turns: number;
  costUsd: number;
  lastUsedAt: number;
}

/** An order that waits for the end of a turn, and whose it is. */
export interface Wanted {
  readonly order: 'pause' | 'stop';
  readonly acting: Acting;
}

/** One process of an instance. */
export interface InstanceRun {
  readonly process: AgentProcess;
  readonly tag: string;
  readonly sessionId: string;
  /** The credential that it uses. */
  readonly lane: string;
  /** The module's descriptor as it was when the process started: a changed one needs a new process. */
  readonly descriptor: string;
  /** As its template made it then. */
  readonly systemPrompt: string;
  readonly settings: ClaudeSettings;
  readonly startedAt: number;
  turns: number;
  /** The session is on record, so that the next process of the conversation resumes it. */
  isSessionKept: boolean;
  /** Dollars since the process started; the CLI's own figure, which is cumulative. */
  costUsd: number;
  /** What it has reported to have spent, by model, with its last turn on record. */
  reported: FiguresByModel | undefined;
}

/** An agent as a process of it would be started now. */
export interface CurrentAgent {
  readonly module: Module;
  readonly systemPrompt: string;
}

/** What is added to the CLI's own system prompt, as it is now. Asked for with every turn, so it is not made anew each time. */
export type SystemPromptOf = (module: Module) => Promise<string>;

export interface ConversationOf {
  readonly module: string;
  readonly conversationId: string;
}

export const conversationKey = ({ module, conversationId }: ConversationOf): string => `${module}\n${conversationId}`;

export const isOf = (instance: AgentInstance, { module, conversationId }: ConversationOf): boolean =>
  instance.module === module && instance.conversationId === conversationId;

/** A turn may begin in it: it is at none, and is not to be paused when it has started. */
export const takesTurns = ({ state, wanted }: AgentInstance): boolean =>
  (state === 'idle' || state === 'starting') && wanted === undefined;

/** Its turns wait. */
export const isHeld = ({ state, wanted }: AgentInstance): boolean =>
  state === 'paused' || (state !== 'busy' && wanted?.order === 'pause');

/** Is still what its module asks for. */
export const isCurrent = ({ run }: AgentInstance, { module, systemPrompt }: CurrentAgent): boolean =>
  run.descriptor === module.row.descriptor && run.systemPrompt === systemPrompt;

export const isReadyFor = (instance: AgentInstance, current: CurrentAgent): boolean =>
  takesTurns(instance) && isCurrent(instance, current);

export const isSpareFor = (instance: AgentInstance, current: CurrentAgent): boolean =>
  instance.conversationId === undefined && instance.module === current.module.name && isReadyFor(instance, current);

/** Which idle instance makes room: the one that was used longest ago. */
export const leastRecentlyUsed = (instances: Iterable<AgentInstance>): AgentInstance | undefined => {
  let oldest: AgentInstance | undefined;
  for (const instance of instances) {
    if (instance.state === 'idle' && (oldest === undefined || instance.lastUsedAt < oldest.lastUsedAt))
      oldest = instance;
  }
  return oldest;
};

/** Why an idle one is to be ended; undefined where it is kept. */
export const recycleReasonOf = (
  { run, lastUsedAt }: AgentInstance,
  memoryBytes: number | undefined,
  now: number,
): string | undefined => {
  const { turns, startedAt, settings } = run;
  return recycleReason({ turns, startedAt, lastUsedAt, memoryBytes }, settings, now);
};
