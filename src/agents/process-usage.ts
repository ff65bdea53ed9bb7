import { readFile } from 'node:fs/promises';
import { findTagged } from './leftovers.js';

export interface ProcessUsage {
  readonly memoryBytes: number;
  /** Percent of one core, between the two last measurements. */
  readonly cpuPercent: number;
}

interface Sample {
  readonly at: number;
  readonly cpuMs: number;
  readonly usage: ProcessUsage;
}

/** Linux counts processor time in hundredths of a second, and memory in pages, which are of 4 KiB where Claude Code runs. */
const MS_A_TICK = 10;
const BYTES_A_PAGE = 4096;
/** Two who ask within this time are told the same. */
const FRESH_MS = 500;

/** What tagged processes use, with everything below them, as /proc tells; nothing where there is none. */
export class UsageMeter {
  #samples = new Map<string, Sample>();
  #measuring: Promise<void> | undefined;
  #measuredAt = Number.NEGATIVE_INFINITY;

  /** As of now, or of a moment ago. */
  async measure(): Promise<void> {
    if (this.#measuring === undefined && performance.now() - this.#measuredAt < FRESH_MS) return;
    this.#measuring ??= this.#scan().finally(() => {
      this.#measuring = undefined;
      this.#measuredAt = performance.now();
    });
    await this.#measuring;
  }

  /** As it was measured last. */
  of(tag: string): ProcessUsage | undefined {
    return this.#samples.get(tag)?.usage;
  }

  async #scan(): Promise<void> {
    const { processes } = await findTagged(() => true);
    const totals = new Map<string, { memoryBytes: number; cpuMs: number; upMs: number }>();
    await Promise.all(
      processes.map(async ({ pid, tag }) => {
        const read = await usageOf(pid);
        if (read === undefined) return;
        const sum = totals.get(tag) ?? { memoryBytes: 0, cpuMs: 0, upMs: 0 };
        sum.memoryBytes += read.memoryBytes;
        sum.cpuMs += read.cpuMs;
        sum.upMs = Math.max(sum.upMs, read.upMs);
        totals.set(tag, sum);
      }),
    );
    const at = performance.now();
    const samples = [...totals].map(([tag, { memoryBytes, cpuMs, upMs }]): [string, Sample] => {
      const last = this.#samples.get(tag);
      const spentMs = last === undefined ? cpuMs : Math.max(0, cpuMs - last.cpuMs);
      const overMs = Math.max(1, last === undefined ? upMs : at - last.at);
      return [tag, { at, cpuMs, usage: { memoryBytes, cpuPercent: (100 * spentMs) / overMs } }];
    });
    this.#samples = new Map(samples);
  }
}

/** Undefined for a process that has ended meanwhile. */
const usageOf = async (pid: number): Promise<{ memoryBytes: number; cpuMs: number; upMs: number } | undefined> => {
  try {
    const [stat, statm, uptime] = await Promise.all(
      [`/proc/${pid}/stat`, `/proc/${pid}/statm`, '/proc/uptime'].map((path) => readFile(path, 'utf8')),
    );
    // The name of the program, in brackets, may hold anything.
    const fields = stat!.slice(stat!.lastIndexOf(')') + 2).split(' ');
    const [userTicks, systemTicks, startTicks] = [Number(fields[11]), Number(fields[12]), Number(fields[19])];
    return {
      memoryBytes: Number(statm!.split(' ')[1]) * BYTES_A_PAGE,
      cpuMs: (userTicks + systemTicks) * MS_A_TICK,
      upMs: Number.parseFloat(uptime!) * 1000 - startTicks * MS_A_TICK,
    };
  } catch {
    return undefined;
  }
};
