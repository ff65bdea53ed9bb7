import { spawn } from 'node:child_process';
import type { AgentDriver, AgentProcess, AgentStartOptions } from './agent-driver.js';
import { AgentProcessError } from './agent-process-error.js';
import { claudeArguments } from './claude-arguments.js';
import { claudeEnvironment } from './claude-environment.js';
import { CLAUDE_LIMITS, type ClaudeLimits } from './claude-limits.js';
import { ClaudeProcess } from './claude-process.js';
import { startRefusalOf } from './exit-reason.js';

/** Runs the Claude Code CLI that the operator installed. */
export function createClaudeDriver(limits: Partial<ClaudeLimits> = {}): AgentDriver {
  const allLimits = { ...CLAUDE_LIMITS, ...limits };
  return { start: (options) => startClaude(options, allLimits) };
}

function startClaude(options: AgentStartOptions, limits: ClaudeLimits): AgentProcess {
  return new ClaudeProcess(spawnClaude(options), options, limits);
}

/** In a process group of its own, so that Ctrl-C in the hub's terminal leaves the order of stopping to the hub. */
function spawnClaude(options: AgentStartOptions) {
  try {
    return spawn(options.program, claudeArguments(options), {
      cwd: options.cwd,
      env: claudeEnvironment(options),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
  } catch (error) {
    throw new AgentProcessError(startRefusalOf(error as NodeJS.ErrnoException, options.program));
  }
}
