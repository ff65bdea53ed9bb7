import { randomUUID } from 'node:crypto';
import type { AgentStartOptions } from '../drivers/agent-driver.js';
import { claudeArguments } from '../drivers/claude-arguments.js';

/** What a start may be given beside its place. */
export type ProbedOptions = Omit<AgentStartOptions, 'program' | 'cwd' | 'environment' | 'tag'>;

/** Begins a session, with everything that can be said about one. */
export const newSessionOptions = (): ProbedOptions => ({
  session: { kind: 'new', id: randomUUID() },
  systemPrompt: 'You are not asked anything.',
  model: 'sonnet',
  fallbackModel: 'haiku',
  maxTurns: 1,
  maxBudgetUsd: 1,
  permissionMode: 'default',
  allowedTools: ['Read'],
  askedTools: ['Read'],
  addDirs: ['.'],
  mcpConfig: { mcpServers: {} },
  jsonSchema: { type: 'object' },
});

/** Goes on with a session that is not there. */
export const lostSessionOptions = (systemPromptFile: string): ProbedOptions => ({
  session: { kind: 'fork', id: randomUUID(), from: randomUUID() },
  systemPromptFile,
});

/** The flags of a start, each once. */
export const flagsOf = (options: ProbedOptions): readonly string[] => {
  const nowhere = { program: '', cwd: '', environment: {}, tag: '' };
  const names = claudeArguments({ ...options, ...nowhere }).map((argument) => argument.split('=')[0]!);
  return [...new Set(names)];
};

/** The same without what needs the flag; undefined where every start needs it. */
export const withoutFlag = (options: ProbedOptions, flag: string): ProbedOptions | undefined => {
  const without = (name: string): ProbedOptions => ({ ...options, [name]: undefined });
  const name = Object.keys(options).find((each) => each !== 'session' && !flagsOf(without(each)).includes(flag));
  return name === undefined ? undefined : without(name);
};
