import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface HubProcess {
  readonly url: string;
  readonly key: string;
  /** Complete when it returns. Idempotent. */
  readonly stop: () => Promise<void>;
}

/** Starts a hub of its own on a free port and waits until it says that it listens. Stopped when that fails. */
export const startHubProcess = async (
  dataFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<HubProcess> => {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program], {
    // Where there is no `.env` of another hub.
    cwd: dataFolder,
    env: { ...withoutSettings(process.env), ...environment, ...settings(dataFolder) },
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl-C is heard by who started it, who then stops the hub: two signals would be one too many.
    detached: true,
  });
  try {
    await listening(child, signal);
    const { url } = JSON.parse(await readFile(join(dataFolder, 'hub.json'), 'utf8')) as { url: string };
    const key = (await readFile(join(dataFolder, 'admin.key'), 'utf8')).trim();
    return { url, key, stop: () => stopped(child) };
  } catch (error) {
    await stopped(child);
    throw error;
  }
};

const settings = (dataFolder: string) => ({
  GRANGER_DATA: dataFolder,
  GRANGER_PORT: '0',
  GRANGER_LOG_LEVEL: 'warn',
  GRANGER_DRAIN_SECONDS: '1',
});

/** The settings in the environment are those of another hub. */
const withoutSettings = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GRANGER_')));

const listening = async (child: ChildProcess, signal: AbortSignal | undefined): Promise<void> => {
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`The hub ended with code ${code} before it listened.`);
  });
  let text = '';
  const said = new Promise<void>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (text.includes('admin key')) resolve();
    });
  });
  await Promise.race([said, ended]);
};

const stopped = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
};
