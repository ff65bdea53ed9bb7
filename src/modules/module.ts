import { toRfc3339 } from '../lib/clock.js';
import type { ClaudeSettings } from './claude-runtime-schema.js';
import type { Descriptor, ModuleView } from './module-schema.js';
import { type ModuleStatus, moduleStatus, type StatusLimits } from './module-state.js';
import type { ModuleRow } from './module-store.js';
import type { CommandSettings, WebhookSettings } from './served-runtime-schema.js';
import { shownRuntime } from './shown-runtime.js';

export type Runtime =
  | { readonly type: 'pull' }
  | (ClaudeSettings & { readonly type: 'claude' })
  | WebhookSettings
  | CommandSettings;

/** A registered module as the hub holds it in memory. */
export interface Module {
  readonly name: string;
  readonly descriptor: Descriptor;
  readonly runtime: Runtime;
  readonly row: ModuleRow;
  /** When it last showed that it lives: a heartbeat, or a claim. */
  lastSignAt: number;
}

/** `"claude"` is short for `{ "type": "claude" }`; nothing is short for pull. */
export const runtimeOf = (descriptor: Descriptor): Runtime => {
  const { runtime = 'pull' } = descriptor;
  return typeof runtime === 'string' ? { type: runtime } : runtime;
};

export const moduleFromRow = (row: ModuleRow): Module => {
  const descriptor = JSON.parse(row.descriptor) as Descriptor;
  return { name: row.name, descriptor, runtime: runtimeOf(descriptor), row, lastSignAt: row.heartbeat_at };
};

export const isRunByHub = (module: Module): boolean => module.runtime.type !== 'pull';

export const statusOf = (module: Module, now: number, limits: StatusLimits): ModuleStatus =>
  moduleStatus(module.lastSignAt, isRunByHub(module), now, limits, limits.isFailing?.(module.name));

export const etagOf = (module: Module): string => `"${module.row.revision}"`;

/** One request that has the agent work and brings its answer. */
const callOf = ({ name }: Module) => ({
  method: 'POST',
  path: '/v1/messages?wait=60',
  body: { from: 'YourModule', to: name, payload: { message: 'What is to be done' } },
  answer: 'reply.payload',
});

export const moduleView = (module: Module, now: number, limits: StatusLimits): ModuleView => ({
  ...module.descriptor,
  ...(module.row.heartbeat === null ? {} : (JSON.parse(module.row.heartbeat) as object)),
  name: module.name,
  runtime: shownRuntime(module.runtime),
  status: statusOf(module, now, limits),
  source: module.row.source as 'api' | 'folder',
  revision: module.row.revision,
  createdAt: toRfc3339(module.row.created_at),
  updatedAt: toRfc3339(module.row.updated_at),
  lastHeartbeatAt: toRfc3339(module.lastSignAt),
  ...(module.runtime.type === 'claude' ? { call: callOf(module) } : {}),
});
