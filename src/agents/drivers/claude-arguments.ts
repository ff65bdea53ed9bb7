import type { AgentStartOptions } from './agent-driver.js';

const PROTOCOL = [
  '-p',
  '--input-format=stream-json',
  '--output-format=stream-json',
  '--verbose',
  '--include-partial-messages',
  // What its own rules do not settle it asks about; without this it would be denied unasked.
  '--permission-prompt-tool=stdio',
];

/** It starts a turn that nobody asked for; the other timers are switched off by the environment. */
const WAKES_BY_ITSELF = 'ScheduleWakeup';

/** Every value stands behind `=`: in the space form a value that begins with a dash would be a flag of its own. */
export function claudeArguments(options: AgentStartOptions): string[] {
  return [...PROTOCOL, ...sessionArguments(options), ...limitArguments(options), ...toolArguments(options)];
}

function sessionArguments(options: AgentStartOptions): string[] {
  const { session, systemPrompt, systemPromptFile, model, fallbackModel } = options;
  return [
    ...flag(session.kind === 'resume' ? '--resume' : '--session-id', session.id),
    ...(session.kind === 'fork' ? [...flag('--resume', session.from), '--fork-session'] : []),
    ...flag('--append-system-prompt', systemPrompt),
    ...flag('--append-system-prompt-file', systemPromptFile),
    ...flag('--model', model),
    ...flag('--fallback-model', fallbackModel),
  ];
}

function limitArguments({ maxTurns, maxBudgetUsd, jsonSchema }: AgentStartOptions): string[] {
  return [
    ...flag('--max-turns', maxTurns),
    ...flag('--max-budget-usd', maxBudgetUsd),
    ...flag('--json-schema', json(jsonSchema)),
  ];
}

function toolArguments(options: AgentStartOptions): string[] {
  return [
    ...flag('--permission-mode', options.permissionMode),
    ...flags('--allowedTools', options.allowedTools),
    ...flags('--disallowedTools', [WAKES_BY_ITSELF, ...(options.disallowedTools ?? [])]),
    ...flags('--add-dir', options.addDirs),
    ...(options.mcpConfig === undefined && options.mcpConfigFile === undefined ? [] : ['--strict-mcp-config']),
    ...flag('--mcp-config', options.mcpConfigFile ?? json(options.mcpConfig)),
    ...flag('--settings', askSettings(options.askedTools)),
  ];
}

function askSettings(ask: readonly string[] = []): string | undefined {
  return ask.length === 0 ? undefined : json({ permissions: { ask } });
}

function flags(name: string, values: readonly string[] = []): string[] {
  return values.flatMap((value) => flag(name, value));
}

function flag(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
