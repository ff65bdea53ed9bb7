import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { copyDashboard } from '../../scripts/copy-dashboard.mjs';
import { makeFolder } from './test-hub.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

export const CRASH_KEY = 'key-of-the-hub-that-crashes';

/** Compiles the hub into a folder of its own: it starts in half of the time that `tsx` takes. @returns the program */
export const buildHub = async (t: TestContext): Promise<string> => await buildInto(await makeFolder(t));

export const buildInto = async (folder: string): Promise<string> => {
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist'), '--noCheck'];
  await promisify(execFile)(process.execPath, [tsc, ...options]);
  copyDashboard(join(folder, 'dist'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
  return join(folder, 'dist', 'main.js');
};

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
