import { execFile, spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';
import { makeFolder } from './test-hub.js';

const run = promisify(execFile);
const GIVE_UP_MS = 40_000;

export interface TmuxOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Tmux {
  /** Typed, as names of keys: `Enter`, `Down`, `a`. */
  keys(...keys: readonly string[]): Promise<void>;
  /** Typed as text, and Enter. */
  type(line: string): Promise<void>;
  /** What is on the screen. */
  screen(): Promise<string>;
  /** Resolves with the screen as soon as it shows this. */
  shows(pattern: RegExp): Promise<string>;
  /** Whether a program has taken the screen, and whether the cursor is seen. */
  state(): Promise<{ readonly isTaken: boolean; readonly hasCursor: boolean }>;
  resize(columns: number, rows: number): Promise<void>;
}

/** A machine of a developer may lack it; the one that checks everything must have it. */
export const needsTmux = (): string | false => {
  const isThere = spawnSync('tmux', ['-V']).status === 0;
  return isThere || process.env.CI === 'true' ? false : 'tmux is not installed';
};

/** A real terminal with a bash in it, gone with the test. */
export async function openTmux(t: TestContext, { environment, columns = 120, rows = 40 }: TmuxOptions): Promise<Tmux> {
  let env: Record<string, string | undefined> = {};
  // Before the folder is gone, and with it the way to the server.
  t.after(() => tmux('kill-server').catch(() => undefined));
  const tmux = async (...args: string[]): Promise<string> =>
    (await run('tmux', ['-f', '/dev/null', ...args], { env })).stdout;
  env = { ...environment, TMUX_TMPDIR: await makeFolder(t), TERM: 'xterm-256color', LANG: 'C.UTF-8' };
  const size = ['-x', String(columns), '-y', String(rows)];
  await tmux('new-session', '-d', '-s', 'test', ...size, 'bash --norc --noprofile');
  const screen = (): Promise<string> => tmux('capture-pane', '-p', '-t', 'test');
  return {
    keys: async (...keys) => void (await tmux('send-keys', '-t', 'test', ...keys)),
    type: async (line) => void (await tmux('send-keys', '-t', 'test', line, 'Enter')),
    screen,
    shows: async (pattern) => {
      let seen = '';
      const giveUpAt = performance.now() + GIVE_UP_MS;
      await eventually(async () => {
        seen = await screen();
        if (performance.now() > giveUpAt) throw new Error(`The terminal never shows ${pattern}, but\n${seen}`);
        return pattern.test(seen);
      });
      return seen;
    },
    state: async () => {
      const [taken, cursor] = (await tmux('display', '-p', '-t', 'test', '#{alternate_on} #{cursor_flag}'))
        .trim()
        .split(' ');
      return { isTaken: taken === '1', hasCursor: cursor === '1' };
    },
    resize: async (x, y) => void (await tmux('resize-window', '-t', 'test', '-x', String(x), '-y', String(y))),
  };
}
