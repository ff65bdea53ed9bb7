import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface ServerProcess {
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  readonly folder: string;
  /** Resident memory in MiB, where /proc tells. */
  memoryMb(): number;
  /** Processor time since its start, in seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

const TICKS_PER_SECOND = 100;

/** Processor time of a process since its start, in seconds. */
export const cpuSecondsOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};

const watched = (
  child: ChildProcess,
  more: { url: string; key: string; folder: string; end(): Promise<void> },
): ServerProcess => ({
  ...more,
  pid: child.pid!,
  memoryMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
  cpuSeconds: () => cpuSecondsOf(child.pid!),
  stop: async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    await more.end();
  },
});

const firstLine = async (child: ChildProcess): Promise<string> => {
  const [chunk] = (await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')])) as [Buffer | number];
  if (!Buffer.isBuffer(chunk)) throw new Error(`A server ended with code ${chunk} before it listened.`);
  return String(chunk).trim();
};

/** The hub as it is installed: `dist/main.js`. On a folder of its own, which goes with it unless it is given. */
export const startHub = async (
  settings: Readonly<Record<string, string>> = {},
  given?: string,
): Promise<ServerProcess> => {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'granger-bench-')));
  const flags = process.env.BENCH_NODE_FLAGS?.split(' ') ?? [];
  const child = spawn(process.execPath, [...flags, join(root, 'dist/main.js')], {
    env: {
      ...process.env,
      GRANGER_DATA: folder,
      GRANGER_PORT: '0',
      GRANGER_LOG_LEVEL: 'warn',
      GRANGER_AGENTS_MAX: '0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await firstLine(child);
  const { url } = JSON.parse(await readFile(join(folder, 'hub.json'), 'utf8')) as { url: string };
  const key = settings.GRANGER_ADMIN_KEY ?? (await readFile(join(folder, 'admin.key'), 'utf8')).trim();
  const end = async (): Promise<void> => {
    if (given === undefined) await rm(folder, { recursive: true, force: true });
  };
  return watched(child, { url, key, folder, end });
};

/** The least that a Fastify route with the same body and schema can do: the measure of everything else. */
export const startBareRoute = async (): Promise<ServerProcess> => {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'bench/support/bare-route.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return watched(child, { url: await firstLine(child), key: 'none', folder: '', end: async () => undefined });
};
