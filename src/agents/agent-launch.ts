import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ClaudeSettings } from '../modules/claude-runtime-schema.js';
import type { Module } from '../modules/module.js';
import { answerSchema } from './answers/answer-schema.js';
import { cliRules } from './approvals/tool-rule.js';
import type { AgentSession, AgentStartOptions } from './drivers/agent-driver.js';
import { AgentProcessError } from './drivers/agent-process-error.js';
import { type ClaudeProfile, environmentOf } from './lanes/claude-profiles.js';

export interface LaunchSettings {
  readonly program: string;
  readonly dataFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly allowBypassPermissions: boolean;
}

const LONGEST_ARGUMENT_BYTES = 100_000;

/** What starts the process of a module. */
export type AgentLaunch = (
  module: Module,
  process: {
    readonly tag: string;
    readonly session: AgentSession;
    readonly profile: ClaudeProfile;
    /** Added to the CLI's own. */
    readonly systemPrompt: string;
    readonly traceparent?: string | undefined;
  },
) => Promise<AgentStartOptions>;

export const agentLaunch =
  (settings: LaunchSettings): AgentLaunch =>
  async (module, { tag, session, profile, systemPrompt, traceparent }) => {
    if (module.runtime.type !== 'claude') throw new Error(`${module.name} is no agent`);
    const { cwd } = module.runtime;
    const options = startSettingsOf(module.runtime);
    const folder = workingFolderOf(module, settings.dataFolder);
    if (cwd === undefined) await mkdir(folder, { recursive: true });
    if (options.permissionMode === 'bypassPermissions' && !settings.allowBypassPermissions)
      throw bypassRefused(module.name);
    return {
      program: settings.program,
      cwd: folder,
      environment: {
        ...(await environmentOf(profile, agentEnvironment(settings))),
        ...(traceparent === undefined ? {} : { TRACEPARENT: traceparent }),
      },
      tag,
      session,
      ...(await systemPromptOption(module.name, systemPrompt, settings.dataFolder)),
      ...options,
      ...toolRulesFor(module),
      jsonSchema: answerSchema(module.descriptor.outputSchema),
    };
  };

/** By default one of its own below the data folder. */
export const workingFolderOf = ({ name, runtime }: Module, dataFolder: string): string =>
  resolve(runtime.type === 'claude' && runtime.cwd !== undefined ? runtime.cwd : join(dataFolder, 'agents', name));

/** The CLI lets some tools pass unasked: those that the hub denies or asks about it must know itself. */
const toolRulesFor = ({ runtime, descriptor: { permissions } }: Module) => ({
  disallowedTools: [...((runtime.type === 'claude' && runtime.disallowedTools) || []), ...cliRules(permissions?.deny)],
  askedTools: cliRules(permissions?.ask),
});
/** What the CLI itself is told; the rest is the hub's. */
const startSettingsOf = (runtime: ClaudeSettings) => {
  const { model, fallbackModel, maxTurns, maxBudgetUsd, permissionMode, allowedTools, disallowedTools, addDirs } =
    runtime;
  return { model, fallbackModel, maxTurns, maxBudgetUsd, permissionMode, allowedTools, disallowedTools, addDirs };
};

/** Registered when it was allowed, and it is not any more. Never run with less than it asks for, unsaid. */
const bypassRefused = (module: string): AgentProcessError =>
  new AgentProcessError({
    code: 'agent_start_failed',
    message: `${module} asks for bypassPermissions, which needs GRANGER_ALLOW_BYPASS_PERMISSIONS=true.`,
  });

/** An argument holds 128 KiB on Linux; what may be longer goes by way of a file. */
const systemPromptOption = async (
  module: string,
  systemPrompt: string,
  dataFolder: string,
): Promise<Pick<AgentStartOptions, 'systemPrompt' | 'systemPromptFile'>> => {
  if (Buffer.byteLength(systemPrompt) < LONGEST_ARGUMENT_BYTES) return { systemPrompt };
  const folder = join(dataFolder, 'agents');
  const systemPromptFile = join(folder, `${module}.system-prompt.md`);
  await mkdir(folder, { recursive: true });
  await writeFile(systemPromptFile, systemPrompt, { mode: 0o600 });
  return { systemPromptFile };
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
  // There the CLI logs what it hears of the hub's tools.
  const cache =
    hasKey && inherited.XDG_CACHE_HOME === undefined ? { XDG_CACHE_HOME: join(dataFolder, 'claude', 'cache') } : {};
  return { ...inherited, ...ownFolder, ...cache };
};
