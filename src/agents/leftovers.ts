import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Put into the environment of every agent and inherited by everything below it, whatever group or session it joins. */
export const TAG_VARIABLE = 'GRANGER_INSTANCE';

/** Of the processes that only tell what the CLI is: they are no instances, and end with the hub as those do. */
export const probeTagOf = (tagPrefix: string): string => `probe ${tagPrefix}`;

export interface TaggedProcess {
  readonly pid: number;
  readonly tag: string;
}

export interface TaggedProcesses {
  /** False where there is no /proc to look in: then nothing can be found. */
  readonly canScan: boolean;
  readonly processes: readonly TaggedProcess[];
}

export interface EndedProcesses {
  readonly canScan: boolean;
  readonly ended: number;
  /** Still there after every signal. */
  readonly remaining: readonly TaggedProcess[];
}

export interface EndTaggedLimits {
  readonly termMs: number;
  readonly killMs: number;
}

const LIMITS: EndTaggedLimits = { termMs: 1000, killMs: 1000 };
const RESCAN_MS = 20;

/** Finds live processes by the tag in their environment. Never this process itself. */
export async function findTagged(matches: (tag: string) => boolean): Promise<TaggedProcesses> {
  const pids = await listPids();
  if (!pids) return { canScan: false, processes: [] };
  const tagged = (await Promise.all(pids.map(readTagged))).filter((process) => process !== undefined);
  return { canScan: true, processes: tagged.filter(({ tag }) => matches(tag)) };
}

/** Asks tagged processes to end, then kills them. Each signal follows a fresh scan, so that no reused pid is hit. */
export async function endTagged(
  matches: (tag: string) => boolean,
  limits: EndTaggedLimits = LIMITS,
): Promise<EndedProcesses> {
  const seen = new Set<number>();
  await signalUntilGone(matches, limits.termMs, ({ pid }) => {
    if (!seen.has(pid)) sendSignal(pid, 'SIGTERM');
    seen.add(pid);
  });
  const { canScan, processes } = await signalUntilGone(matches, limits.killMs, ({ pid }) => sendSignal(pid, 'SIGKILL'));
  return { canScan, ended: seen.size - processes.length, remaining: processes };
}

async function signalUntilGone(
  matches: (tag: string) => boolean,
  limitMs: number,
  signal: (process: TaggedProcess) => void,
): Promise<TaggedProcesses> {
  const until = performance.now() + limitMs;
  for (;;) {
    const scan = await findTagged(matches);
    if (scan.processes.length === 0 || performance.now() >= until) return scan;
    scan.processes.forEach(signal);
    await pause(RESCAN_MS);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended since the scan, or it is not ours to end: the next scan tells which.
  }
}

async function listPids(): Promise<number[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const names = await readdir('/proc');
    return names.map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  } catch {
    return undefined;
  }
}

/** Undefined for the processes of other users, whose environment cannot be read, and for those that have ended. */
async function readTagged(pid: number): Promise<TaggedProcess | undefined> {
  try {
    const tag = tagOf(await readFile(`/proc/${pid}/environ`));
    return tag === undefined ? undefined : { pid, tag };
  } catch {
    return undefined;
  }
}

function tagOf(environment: Buffer): string | undefined {
  if (!environment.includes(TAG_VARIABLE)) return undefined;
  const entries = environment.toString('utf8').split('\0');
  return entries.find((entry) => entry.startsWith(`${TAG_VARIABLE}=`))?.slice(TAG_VARIABLE.length + 1);
}
