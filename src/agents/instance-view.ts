import { toRfc3339 } from '../lib/clock.js';
import type { AgentInstance } from './agent-instance.js';
import type { InstanceView } from './instance-schema.js';
import type { InstanceState } from './instance-state.js';
import type { InstanceRow } from './instance-store.js';
import type { ProcessUsage } from './process-usage.js';

export interface LiveFacts {
  /** Where it is one of this hub. */
  readonly instance: AgentInstance | undefined;
  readonly usage: ProcessUsage | undefined;
  readonly now: number;
}

const BYTES_A_MB = 1024 * 1024;

/** The row, with what only the hub that holds the process can know. */
export const instanceView = (row: InstanceRow, { instance, usage, now }: LiveFacts): InstanceView => ({
  id: `inst_${row.id}`,
  ...(row.name === null ? {} : { name: row.name }),
  module: row.module,
  state: instance?.state ?? (row.state as InstanceState),
  ...optional('lane', instance?.run.lane ?? row.lane),
  ...optional('pid', instance?.run.process.pid ?? row.pid),
  ...optional('conversationId', instance?.conversationId ?? row.conversation_id),
  ...optional('sessionId', instance?.run.sessionId ?? row.session_id),
  ...(instance?.turn?.turnId === undefined ? {} : { turnId: `turn_${instance.turn.turnId}` }),
  ...optional('phase', instance?.turn?.watchdog?.phase),
  ...(usage === undefined || row.ended_at !== null
    ? {}
    : { memoryMb: rounded(usage.memoryBytes / BYTES_A_MB), cpu: rounded(usage.cpuPercent) }),
  turns: instance?.turns ?? row.turns,
  costUsd: instance?.costUsd ?? row.cost_usd,
  startedAt: toRfc3339(row.started_at),
  ...(row.last_turn_at === null ? {} : { lastTurnAt: toRfc3339(row.last_turn_at) }),
  uptimeSeconds: Math.max(0, (row.ended_at ?? now) - row.started_at) / 1000,
  ...(row.ended_at === null ? {} : { endedAt: toRfc3339(row.ended_at) }),
  ...(row.end_reason === null ? {} : { endReason: row.end_reason }),
});

const rounded = (value: number): number => Math.round(value * 10) / 10;

const optional = <K extends string, V>(name: K, value: V | null | undefined): Partial<Record<K, V>> =>
  value === null || value === undefined ? {} : ({ [name]: value } as Partial<Record<K, V>>);
