import { randomUUID } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type OfflineApi, startOfflineApi } from '../../examples/offline/offline-api.js';
import { offlineEnvironment } from '../../examples/offline/offline-environment.js';
import type { AgentProcess, AgentStartOptions, TurnOutput } from '../../src/agents/drivers/agent-driver.js';
import { createClaudeDriver } from '../../src/agents/drivers/claude-driver.js';
import type { ClaudeLimits } from '../../src/agents/drivers/claude-limits.js';

/** The Claude Code CLI of the devDependencies: the real program. */
export const CLAUDE_PROGRAM = claudeProgram();

export interface OfflineClaude {
  readonly api: OfflineApi;
  readonly cwd: string;
  readonly configDir: string;
  /** The whole environment of a CLI that talks to the offline API only. */
  readonly environment: Record<string, string>;
  /** Starts the real CLI unless told another program; stopped with the test. */
  start(options?: Partial<AgentStartOptions>, limits?: Partial<ClaudeLimits>): AgentProcess;
}

/** A stand-in API, a config directory and a working directory of the test's own, all gone when the test ends. */
export async function useOfflineClaude(t: TestContext): Promise<OfflineClaude> {
  const api = await startOfflineApi();
  const root = await realpath(await mkdtemp(join(tmpdir(), 'granger-claude-')));
  const [cwd, configDir] = [await mkdtemp(join(root, 'cwd-')), await mkdtemp(join(root, 'config-'))];
  const environment = claudeEnvironmentFor({ api, configDir });
  const started: AgentProcess[] = [];
  t.after(async () => {
    await Promise.all(started.map((agent) => agent.stop()));
    await api.close();
    await rm(root, { recursive: true, force: true });
  });
  const start: OfflineClaude['start'] = (options, limits) => {
    const agent = createClaudeDriver(limits).start({ ...defaults({ cwd, environment }), ...options });
    started.push(agent);
    return agent;
  };
  return { api, cwd, configDir, environment, start };
}

export interface CollectedTurn {
  readonly outputs: TurnOutput[];
  readonly onOutput: (output: TurnOutput) => void;
  text(): string;
  /** The first output of the kind, as soon as it is there. */
  first<K extends TurnOutput['kind']>(kind: K): Promise<Extract<TurnOutput, { kind: K }>>;
}

/** Collects what a turn says, and lets a test wait for the first of a kind. */
export function collectTurn(): CollectedTurn {
  const outputs: TurnOutput[] = [];
  const waiting: { kind: string; resolve: (output: never) => void }[] = [];
  return {
    outputs,
    onOutput: (output) => {
      outputs.push(output);
      for (const { kind, resolve } of waiting) if (kind === output.kind) resolve(output as never);
    },
    text: () => outputs.map((output) => (output.kind === 'text' ? output.text : '')).join(''),
    first: (kind) => new Promise((resolve) => waiting.push({ kind, resolve })),
  };
}

export function uniqueTag(): string {
  return `test-${randomUUID()}`;
}

function defaults({ cwd, environment }: Pick<OfflineClaude, 'cwd' | 'environment'>): AgentStartOptions {
  return { program: CLAUDE_PROGRAM, cwd, environment, tag: uniqueTag(), session: { kind: 'new', id: randomUUID() } };
}

function claudeEnvironmentFor({ api, configDir }: Pick<OfflineClaude, 'api' | 'configDir'>): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: configDir,
    CLAUDE_CODE_TMPDIR: configDir,
    CLAUDE_CODE_MAX_RETRIES: '1',
    ...offlineEnvironment({ apiUrl: api.url, configDir }),
  };
}

function claudeProgram(): string {
  const manifest = createRequire(import.meta.url).resolve('@anthropic-ai/claude-code/package.json');
  return join(dirname(manifest), 'bin', 'claude.exe');
}
