import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface HubProcess {
  readonly url: string;
  readonly key: string;
  stop(): Promise<void>;
}

/** Starts a hub of its own on a free port and waits until it says that it listens. */
export const startHubProcess = async (
  dataFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<HubProcess> => {
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { ...process.env, ...environment, GRANGER_DATA: dataFolder, GRANGER_PORT: '0', GRANGER_LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await ready(child);
  const { url } = JSON.parse(await readFile(join(dataFolder, 'hub.json'), 'utf8')) as { url: string };
  const key = (await readFile(join(dataFolder, 'admin.key'), 'utf8')).trim();
  return { url, key, stop: () => stopped(child) };
};

const ready = async (child: ChildProcess): Promise<void> => {
  const ended = once(child, 'exit').then(([code]) => {
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
  child.kill('SIGTERM');
  await once(child, 'exit');
};
