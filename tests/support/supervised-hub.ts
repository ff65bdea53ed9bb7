import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

const START_AGAIN_MS = 200;

export interface SupervisedHubOptions {
  readonly program: string;
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** A hub that is started again whenever it has ended, as a service manager does. */
export class SupervisedHub {
  /** Where it can be asked now; undefined where it cannot. */
  url: string | undefined;
  readonly #options: SupervisedHubOptions;
  #child: ChildProcess | undefined;
  #isStopped = false;
  readonly #running: Promise<void>;

  constructor(options: SupervisedHubOptions) {
    this.#options = options;
    this.#running = this.#supervise();
  }

  /** SIGKILL: it has no chance to end anything. */
  kill(): void {
    this.url = undefined;
    this.#child?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#child?.kill('SIGTERM');
    await this.#running;
  }

  async #supervise(): Promise<void> {
    while (!this.#isStopped) {
      const { program, folder, settings } = this.#options;
      const env = { PATH: process.env.PATH, GRANGER_DATA: folder, GRANGER_PORT: '0', ...settings };
      const child = spawn(process.execPath, [program], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
      this.#child = child;
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk;
        this.url ??= /listens on (\S+)\n/.exec(text)?.[1];
      });
      await once(child, 'close');
      this.url = undefined;
      if (!this.#isStopped) await pause(START_AGAIN_MS);
    }
  }
}
