import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { hubProgram } from './compiled-hub.js';
import { type Answer, makeFolder, request } from './test-hub.js';

export interface HubProcessOptions {
  /** The data folder; one of its own unless given. */
  readonly folder?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Where it is started: `.env` is read there. */
  readonly cwd?: string;
  /** Where it does not stand in `admin.key`. */
  readonly adminKey?: string;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HubProcess {
  readonly child: ChildProcess;
  readonly folder: string;
  /** With all that it has printed. */
  readonly ended: Promise<ProcessEnd>;
  /** What it has printed so far. */
  stdout(): string;
}

/** The compiled hub as a process of its own with nothing in its environment but the settings; killed with the test. */
export async function spawnHub(t: TestContext, options: HubProcessOptions = {}): Promise<HubProcess> {
  const folder = options.folder ?? (await makeFolder(t));
  const child = spawn(process.execPath, [await hubProgram()], {
    cwd: options.cwd ?? folder,
    env: { PATH: process.env.PATH, GRANGER_DATA: folder, GRANGER_PORT: '0', ...options.settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout: stdout(), stderr: stderr() }));
  return { child, folder, ended, stdout };
}

export interface RunningHub extends HubProcess {
  readonly url: string;
  readonly key: string;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** The same, when it has said where it listens. */
export async function startHubProcess(t: TestContext, options: HubProcessOptions = {}): Promise<RunningHub> {
  const hub = await spawnHub(t, options);
  const url = await Promise.race([whenListening(hub), hub.ended.then(failed)]);
  const key = options.adminKey ?? (await readFile(join(hub.folder, 'admin.key'), 'utf8')).trim();
  return { ...hub, url, key, call: (method, path, body) => request(`${url}${path}`, { method, key, body }) };
}

async function whenListening({ child, stdout }: HubProcess): Promise<string> {
  for (;;) {
    const url = /listens on (\S+)\n.*admin key is .*\n/.exec(stdout())?.[1];
    if (url !== undefined) return url;
    await once(child.stdout!, 'data');
  }
}

const failed = ({ code, stderr }: ProcessEnd): never => {
  throw new Error(`the hub ended with ${code}: ${stderr}`);
};

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  return () => text;
}
