import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Module } from '../modules/module.js';
import { systemPromptOf } from './context/system-prompt.js';
import type { AgentSession, AgentStartOptions } from './drivers/agent-driver.js';

export interface LaunchSettings {
  readonly program: string;
  readonly dataFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly allowBypassPermissions: boolean;
}

/** What starts the process of a module. */
export type AgentLaunch = (
  module: Module,
  process: { readonly tag: string; readonly session: AgentSession },
) => Promise<AgentStartOptions>;

export const agentLaunch =
  (settings: LaunchSettings): AgentLaunch =>
  async (module, { tag, session }) => {
    if (module.runtime.type !== 'claude') throw new Error(`${module.name} is no agent`);
    const {
      cwd,
      permissionMode,
      model,
      fallbackModel,
      maxTurns,
      maxBudgetUsd,
      allowedTools,
      disallowedTools,
      addDirs,
    } = module.runtime;
    const folder = cwd ?? join(settings.dataFolder, 'agents', module.name);
    if (cwd === undefined) await mkdir(folder, { recursive: true });
    const isBypassRefused = permissionMode === 'bypassPermissions' && !settings.allowBypassPermissions;
    return {
      program: settings.program,
      cwd: folder,
      environment: agentEnvironment(settings),
      tag,
      session,
      systemPrompt: systemPromptOf(module.name, module.descriptor),
      permissionMode: isBypassRefused ? 'default' : permissionMode,
      model,
      fallbackModel,
      maxTurns,
      maxBudgetUsd,
      allowedTools,
      disallowedTools,
      addDirs,
    };
  };

/**
 * The hub's environment without the hub's own settings and secrets. With an API key the agents get a config folder of their own,
 * because many processes corrupt a shared one; without, they need the folder in which the operator has logged in.
 */
export const agentEnvironment = ({
  environment,
  dataFolder,
}: Pick<LaunchSettings, 'environment' | 'dataFolder'>): Record<string, string | undefined> => {
  const inherited = Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GRANGER_')));
  const hasKey = inherited.ANTHROPIC_API_KEY !== undefined || inherited.ANTHROPIC_AUTH_TOKEN !== undefined;
  const ownFolder =
    hasKey && inherited.CLAUDE_CONFIG_DIR === undefined ? { CLAUDE_CONFIG_DIR: join(dataFolder, 'claude') } : {};
  return { ...inherited, ...ownFolder };
};
