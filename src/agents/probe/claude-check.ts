import { readFile, writeFile } from 'node:fs/promises';
import type { Logger } from '../../lib/logger.js';
import { type Periodic, startPeriodic } from '../../lib/periodic.js';
import { type ClaudeFinding, type ToldFinding, tellFinding } from './claude-finding.js';
import { probeClaude } from './claude-probe.js';
import { findProgram } from './find-program.js';
import { flagsOf, lostSessionOptions, newSessionOptions } from './probe-options.js';

export interface ClaudeCheckParts {
  readonly program: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly tag: string;
  /** Where the finding is kept for the next start. */
  readonly memoFile: string;
  readonly logger: Logger;
  /** Whether anybody needs it. */
  readonly hasAgents: () => boolean;
}

/** It may be installed, or replaced, while the hub runs. */
const LOOK_EVERY_MS = 60_000;

/** By what was looked at: the hubs of one process look once. */
const known = new Map<string, ClaudeFinding>();

/** Says what the installed Claude Code is, and looks again when it is another one. Nothing waits for it. */
export class ClaudeCheck {
  readonly #parts: ClaudeCheckParts;
  readonly #stopped = new AbortController();
  #looking: Promise<void> = Promise.resolve();
  #periodic: Periodic | undefined;
  #key: string | undefined;
  #told: ToldFinding | undefined;

  constructor(parts: ClaudeCheckParts) {
    this.#parts = parts;
  }

  start(): void {
    const report = (error: unknown): void => {
      if (!this.#stopped.signal.aborted) this.#parts.logger.error({ err: error }, 'Claude Code could not be looked at');
    };
    const first = this.#look().catch(report);
    this.#looking = first;
    this.#periodic = startPeriodic(LOOK_EVERY_MS, () => first.then(() => this.#look()), report);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all([this.#looking, this.#periodic?.stop()]);
  }

  /** Where nobody needs it, nothing about it is wrong. */
  get view(): { readonly ok: boolean; readonly detail: string } {
    if (this.#told === undefined) return { ok: true, detail: 'not looked at yet' };
    const { says, advice } = this.#told;
    return { ok: advice === undefined || !this.#parts.hasAgents(), detail: [says, advice].filter(Boolean).join('. ') };
  }

  async #look(): Promise<void> {
    const { program, environment } = this.#parts;
    const found = await findProgram(program, environment);
    const key = found === undefined ? 'none' : [found.path, found.stamp, ...hubFlags].join(' ');
    if (key === this.#key) return;
    const finding = found === undefined ? ({ kind: 'not_installed' } as const) : await this.#find(key);
    this.#key = isCertain(finding) ? key : undefined;
    this.#tell(finding);
  }

  async #find(key: string): Promise<ClaudeFinding> {
    const before = known.get(key) ?? (await this.#remembered(key));
    if (before !== undefined) return before;
    const { program, environment, tag, memoFile } = this.#parts;
    const finding = await probeClaude({ program, environment, tag, signal: this.#stopped.signal });
    if (!isCertain(finding)) return finding;
    known.set(key, finding);
    // Without it the next start looks again.
    await writeFile(memoFile, `${JSON.stringify({ key, finding })}\n`).catch(() => undefined);
    return finding;
  }

  async #remembered(key: string): Promise<ClaudeFinding | undefined> {
    try {
      const memo = JSON.parse(await readFile(this.#parts.memoFile, 'utf8')) as { key: string; finding: ClaudeFinding };
      return memo.key === key ? memo.finding : undefined;
    } catch {
      return undefined;
    }
  }

  #tell(finding: ClaudeFinding): void {
    const { program, logger, hasAgents } = this.#parts;
    const told = tellFinding(program, finding);
    const isNews = told.says !== this.#told?.says;
    this.#told = told;
    if (!isNews) return;
    const level = told.advice !== undefined && hasAgents() ? 'warn' : 'info';
    logger[level](told, 'looked at Claude Code');
  }
}

/** What a busy machine may have caused is looked at again. */
const isCertain = ({ kind }: ClaudeFinding): boolean => kind !== 'silent' && kind !== 'broken';

const hubFlags = [newSessionOptions(), lostSessionOptions('')].flatMap(flagsOf);
