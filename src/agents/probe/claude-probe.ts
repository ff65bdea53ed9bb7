import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorMessage } from '../../lib/errors.js';
import type { AgentDriver, AgentProcess } from '../drivers/agent-driver.js';
import type { AgentProcessError } from '../drivers/agent-process-error.js';
import { createClaudeDriver } from '../drivers/claude-driver.js';
import { settlesWithin } from '../drivers/settles-within.js';
import { endTagged, TAG_VARIABLE } from '../leftovers.js';
import type { ClaudeFinding } from './claude-finding.js';
import { flagsOf, lostSessionOptions, newSessionOptions, type ProbedOptions, withoutFlag } from './probe-options.js';

export interface ProbeOrder {
  readonly program: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Everything that carries it in its environment is gone when the probe is over. */
  readonly tag?: string;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<ProbeLimits>;
}

export interface ProbeLimits {
  /** For the version, and for the first answer of a process. */
  readonly answerMs: number;
  /** For each answer after the first. */
  readonly controlMs: number;
}

const LIMITS: ProbeLimits = { answerMs: 20_000, controlMs: 3000 };
const STOP_LIMITS = { closeMs: 2000, termMs: 500, killMs: 1000 };
const MOST_BYTES = 64 * 1024;

/** What the hub sends beside turns. The third, `initialize`, is the first answer. */
const CONTROLS = ['get_context_usage', 'interrupt'] as const;

/** It is asked nothing that costs, has no key, and reaches nobody: not even by the connection that it opens ahead of its first turn. */
const quiet = {
  ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
  ANTHROPIC_API_KEY: undefined,
  ANTHROPIC_AUTH_TOKEN: undefined,
  CLAUDE_CODE_OAUTH_TOKEN: undefined,
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_TELEMETRY: '1',
};

type VersionError = NodeJS.ErrnoException & { readonly killed?: boolean; readonly stderr?: string };

interface Place {
  readonly program: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly tag: string;
}

/**
 * Asks the installed program for its version, starts it twice with every flag that the hub may pass, and asks it what the hub asks.
 * A folder of its own stands for its config, so nothing of the operator's is touched. Rejects only when `signal` is aborted.
 */
export const probeClaude = async (order: ProbeOrder): Promise<ClaudeFinding> => {
  const { program, environment, tag = `probe-${randomUUID()}`, signal, limits } = order;
  const cwd = await mkdtemp(join(tmpdir(), 'granger-probe-'));
  const place = { program, cwd, environment: { ...withoutHub(environment), ...quiet, ...foldersIn(cwd) }, tag };
  try {
    return await new ClaudeProbe(place, { ...LIMITS, ...limits }, signal).find();
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'broken', why: errorMessage(error) };
  } finally {
    await endTagged((each) => each === tag);
    await rm(cwd, { recursive: true, force: true });
  }
};

/** What it writes goes with the probe. */
const foldersIn = (cwd: string) => ({ CLAUDE_CONFIG_DIR: cwd, CLAUDE_CODE_TMPDIR: cwd, XDG_CACHE_HOME: cwd });

/** The hub's own settings are nobody else's. */
const withoutHub = (environment: ProbeOrder['environment']): ProbeOrder['environment'] =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GRANGER_')));

class ClaudeProbe {
  readonly #place: Place;
  readonly #limits: ProbeLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #driver: AgentDriver = createClaudeDriver(STOP_LIMITS);

  constructor(place: Place, limits: ProbeLimits, signal: AbortSignal | undefined) {
    this.#place = place;
    this.#limits = limits;
    this.#signal = signal;
  }

  async find(): Promise<ClaudeFinding> {
    const version = await this.#version();
    if (typeof version !== 'string') return version;
    const promptFile = join(this.#place.cwd, 'system-prompt.md');
    await writeFile(promptFile, 'You are not asked anything.');
    const starts = [newSessionOptions(), lostSessionOptions(promptFile)] as const;
    const begun = await this.#start(starts[0], (process) => this.#askControls(process));
    if (begun === SILENT) return this.#silence;
    const lost = await this.#start(starts[1], async () => []);
    if (lost === SILENT) return this.#silence;
    const flags = [...begun.missing, ...lost.missing];
    const { controls } = begun;
    const why = begun.why ?? lost.why;
    if (flags.length + controls.length > 0 || why !== undefined)
      return { kind: 'lacking', version, flags, controls, ...(why === undefined ? {} : { why }) };
    const known = new Set(starts.flatMap(flagsOf));
    return { kind: 'good', version, flags: known.size, controls: CONTROLS.length + 1 };
  }

  async #version(): Promise<string | ClaudeFinding> {
    const { program, cwd, environment, tag } = this.#place;
    const asked = promisify(execFile)(program, ['--version'], {
      cwd,
      env: { ...environment, [TAG_VARIABLE]: tag },
      timeout: this.#limits.answerMs,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_BYTES,
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    });
    asked.child.stdin?.on('error', () => {});
    asked.child.stdin?.end();
    try {
      const says = (await asked).stdout.trim();
      return /^\d+\.\d+\.\d+/.test(says) ? says.split('\n')[0]! : { kind: 'not_claude', says: says.slice(0, 80) };
    } catch (error) {
      return this.#versionFailure(error as VersionError);
    }
  }

  #versionFailure({ code, killed, stderr, message }: VersionError): ClaudeFinding {
    this.#signal?.throwIfAborted();
    if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return { kind: 'not_claude', says: '(far too much)' };
    if (killed === true) return this.#silence;
    const lastLine = stderr?.trim().split('\n').at(-1);
    return { kind: 'broken', why: lastLine || message.split('\n')[0]! };
  }

  /** Again without each flag that it does not know, as long as there can be a start without. */
  async #start(options: ProbedOptions, ask: Ask): Promise<StartEnd | typeof SILENT> {
    const missing: string[] = [];
    for (let left: ProbedOptions | undefined = options; left !== undefined; ) {
      const end = await this.#startOnce(left, ask);
      if (end === SILENT) return end;
      if (!('flag' in end)) return { ...end, missing };
      missing.push(end.flag);
      left = withoutFlag(left, end.flag);
    }
    return { controls: [], missing };
  }

  async #startOnce(
    options: ProbedOptions,
    ask: Ask,
  ): Promise<Omit<StartEnd, 'missing'> | { readonly flag: string } | typeof SILENT> {
    const process = this.#driver.start({ ...this.#place, ...options });
    const kill = (): void => void process.kill();
    this.#signal?.addEventListener('abort', kill);
    try {
      const problem = await this.#problemOf(process);
      this.#signal?.throwIfAborted();
      if (problem === SILENT) return SILENT;
      if (problem === undefined) return { controls: await ask(process) };
      // A session that is not there is told so by whoever knows the flags.
      if (problem.code === 'agent_session_missing') return { controls: [] };
      const flag = /unknown option '(--?[\w-]+)/.exec((await process.exited).stderrTail)?.[1];
      return flag === undefined ? { controls: [], why: problem.message } : { flag };
    } finally {
      this.#signal?.removeEventListener('abort', kill);
      await process.stop();
    }
  }

  /** Undefined where it answers. */
  async #problemOf(process: AgentProcess): Promise<AgentProcessError | typeof SILENT | undefined> {
    const answered = process.ready().then(
      () => undefined,
      (error: AgentProcessError) => error,
    );
    return (await settlesWithin(answered, this.#limits.answerMs)) ? await answered : SILENT;
  }

  /** @returns those that it refuses or says nothing to */
  async #askControls(process: AgentProcess): Promise<readonly string[]> {
    const known = await Promise.all(
      CONTROLS.map((control) => {
        const knows = process.knows(control).catch(() => false);
        return settlesWithin(knows, this.#limits.controlMs).then((isAnswered) => isAnswered && knows);
      }),
    );
    return CONTROLS.filter((_, place) => known[place] === false);
  }

  get #silence(): ClaudeFinding {
    return { kind: 'silent', seconds: this.#limits.answerMs / 1000 };
  }
}

/** It did not answer in time. */
const SILENT = 'silent';

/** @returns the control messages that it does not know */
type Ask = (process: AgentProcess) => Promise<readonly string[]>;

/** What came of starting it. */
interface StartEnd {
  readonly controls: readonly string[];
  readonly missing: readonly string[];
  /** It ended instead, and not for a flag. */
  readonly why?: string;
}
