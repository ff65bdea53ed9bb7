import { type ExecFileException, execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Fence, fencesOf } from './readme-text.js';

/** Commands, and what the README shows below them; where it shows nothing, they print nothing. */
export interface TourStep {
  readonly commands: Fence;
  readonly shown: Fence | undefined;
}

const END_OF_STEP = '\x1e';

export function stepsOf(section: string): TourStep[] {
  const fences = fencesOf(section);
  return fences.flatMap((commands, index) => {
    const next = fences[index + 1];
    if (commands.language !== 'bash') return [];
    return [{ commands, shown: next?.language === 'bash' ? undefined : next }];
  });
}

export interface RunOptions {
  /** Where `data/` is. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** What each step prints, run one after the other by one bash that stops at the first command that fails. */
export async function runTour(steps: readonly TourStep[], { folder, signal }: RunOptions): Promise<string[]> {
  const script = join(folder, 'tour.sh');
  // What runs in the background holds the output open: where a command fails, nobody comes to end it.
  const lines = ["trap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n"];
  for (const { commands } of steps) lines.push(`${commands.text}printf '${END_OF_STEP}'\n`);
  await writeFile(script, lines.join(''));
  // Without the developer's own curl settings and proxies.
  const env = { PATH: process.env.PATH, HOME: folder };
  const options = { cwd: folder, env, signal };
  try {
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', script], options);
    return stdout.split(END_OF_STEP).slice(0, -1);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as ExecFileException;
    const printed = stdout.split(END_OF_STEP);
    const line = steps[printed.length - 1]?.commands.line;
    throw new Error(`The commands at README.md:${line} fail: ${stderr}${printed.at(-1)}`, { cause: error });
  }
}
