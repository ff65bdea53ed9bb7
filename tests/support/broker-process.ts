import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

export const CRASH_KEY = 'key-of-the-hub-that-crashes';

export interface StartingHub {
  /** Its address, when it can be asked; undefined where it ended before. */
  readonly url: Promise<string | undefined>;
  /** SIGKILL: it has no chance to end anything. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** A hub on the folder, killed with the test. */
export const spawnBuiltHub = (
  t: TestContext,
  { program, folder }: { program: string; folder: string },
): StartingHub => {
  const settings = {
    GRANGER_DATA: folder,
    GRANGER_PORT: '0',
    GRANGER_ADMIN_KEY: CRASH_KEY,
    GRANGER_LOG_LEVEL: 'error',
  };
  const child = spawn(process.execPath, [program], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  t.after(() => child.kill('SIGKILL'));
  return {
    url: Promise.race([addressOf(child), closed.then(() => undefined)]),
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
};

const addressOf = async (child: ChildProcess): Promise<string> => {
  let text = '';
  return await new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
      const url = /listens on (\S+)\n/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
};
