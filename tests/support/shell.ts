import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

export interface ShellOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** SIGINT goes to what the shell runs as soon as it has printed this. */
  readonly interruptAt?: RegExp | undefined;
}

export interface ShellEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line in a bash of its own, killed with the test. */
export async function runShell(t: TestContext, line: string, options: ShellOptions): Promise<ShellEnd> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', options.interruptAt === undefined ? line : `exec ${line}`], {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      printed[name] += chunk;
      if (options.interruptAt?.test(printed[name]) === true) child.kill('SIGINT');
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...printed };
}
