import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../examples/offline/main.ts', import.meta.url));

export interface OfflineProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** The stand-in of the Messages API in a process of its own, so that it takes nobody's event loop. */
export const startOfflineProcess = async (): Promise<OfflineProcess> => {
  const child = spawn(process.execPath, ['--import', 'tsx', program, '--port=0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: String(line).trim(),
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
};
