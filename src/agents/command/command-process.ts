import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Logger } from '../../lib/logger.js';
import { handedJson } from '../../messages/handed-json.js';
import type { HeldDelivery, ServedOutcome } from '../../messages/held-delivery.js';
import { type ChildExit, childExit } from '../drivers/child-exit.js';
import { exitReasonOf, startFailureOf } from '../drivers/exit-reason.js';
import { JsonLinesInput } from '../drivers/json-lines-input.js';
import { LineSplitter } from '../drivers/line-splitter.js';
import { OutputTail } from '../drivers/output-tail.js';
import { TERMINATION_LIMITS, type TerminationLimits, terminateProcess } from '../drivers/terminate-process.js';
import { endTagged } from '../leftovers.js';
import { parseAnswer } from './command-answer.js';
import { StderrLog } from './stderr-log.js';

export interface CommandProcessOptions {
  /** Named in the log. */
  readonly module: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** The whole environment, with the tag. */
  readonly environment: NodeJS.ProcessEnv;
  /** Unique to this process: everything that carries it in its environment is ended by `stop`. */
  readonly tag: string;
  readonly timeoutSeconds: number;
  readonly logger: Logger;
  readonly limits?: Partial<TerminationLimits>;
}

/** Why a process ended or was ended. */
export interface CommandEnd {
  readonly code: string;
  readonly message: string;
}

interface Asked {
  readonly timer: NodeJS.Timeout;
  held: HeldDelivery;
  settle: (outcome: ServedOutcome) => void;
}

const MOST_LINE_BYTES = 1024 * 1024;
const STDERR_TAIL_BYTES = 8 * 1024;
const DRAIN_MS = 1000;

const STOPPED: CommandEnd = { code: 'agent_stopped', message: 'The agent was stopped.' };

/** These are no fault of the deliveries that it held: they go back untried. */
const innocent: ReadonlySet<string> = new Set(['agent_stopped', 'agent_timed_out']);

/** A program that is given deliveries as JSON lines on stdin and answers each with one on stdout, in any order. */
export class CommandProcess {
  /** Never rejects; undefined where it ended in order. What it left behind may still run: `stop` ends it. */
  readonly exited: Promise<CommandEnd | undefined>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #options: CommandProcessOptions;
  readonly #input: JsonLinesInput;
  readonly #lines = new LineSplitter(MOST_LINE_BYTES);
  readonly #tail = new OutputTail(STDERR_TAIL_BYTES);
  readonly #asked = new Map<string, Asked>();
  /** Why it takes nothing more; the first reason stands. */
  #end: CommandEnd | undefined;
  #hasAnswered = false;
  #stopping: Promise<void> | undefined;

  /**
   * In a process group of its own, so that Ctrl-C in the hub's terminal leaves the order of stopping to the hub.
   * @throws Error for arguments that no process can take
   */
  constructor(options: CommandProcessOptions) {
    const { module, command, cwd, environment: env, logger } = options;
    const [program = '', ...rest] = command;
    this.#options = options;
    this.#child = spawn(program, rest, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#input = new JsonLinesInput(this.#child.stdin);
    const log = new StderrLog((line) => logger.info({ module, pid: this.#child.pid, stderr: line }, 'a command says'));
    this.#child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#tail.push(chunk);
      log.push(chunk);
    });
    this.exited = childExit(this.#child, DRAIN_MS).then((exit) => {
      log.end();
      return this.#finish(exit);
    });
  }

  /** False where the program could not be started, has ended, or is being stopped. */
  get isTaking(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null && this.#end === undefined;
  }

  /** How many it has not answered. */
  get holding(): number {
    return this.#asked.size;
  }

  /** Whether somebody waits for an answer of it. */
  get isWanted(): boolean {
    return [...this.#asked.values()].some(({ held }) => held.endedBy === undefined);
  }

  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Never rejects. Where the work is to end the caller is free at once; the program cannot be told, so its answer is awaited all the same. */
  ask(held: HeldDelivery): Promise<ServedOutcome> {
    if (!this.isTaking) return Promise.resolve({ kind: 'released' });
    return new Promise((settle) => {
      held.signal.addEventListener('abort', () => settle({ kind: 'released' }), { once: true });
      const id = `dlv_${held.claimed.deliveryId}`;
      const known = this.#asked.get(id);
      // It came back while the program still works on it: that answer will do.
      if (known !== undefined) Object.assign(known, { held, settle });
      else this.#give(id, held, settle);
    });
  }

  /** Ends the process and everything below it. Call it after an exit too. Idempotent, complete when it returns. */
  stop(): Promise<void> {
    this.#lose(STOPPED);
    this.#stopping ??= terminateProcess(
      {
        exited: this.exited,
        interrupt: async () => {},
        closeInput: () => this.#input.close(),
        signal: (signal) => void this.#child.kill(signal),
        endTagged: async () => void (await endTagged((tag) => tag === this.#options.tag)),
      },
      { ...TERMINATION_LIMITS, ...this.#options.limits },
    );
    return this.#stopping;
  }

  #give(id: string, held: HeldDelivery, settle: Asked['settle']): void {
    const timer = setTimeout(() => this.#timeOut(id), this.#options.timeoutSeconds * 1000);
    this.#asked.set(id, { timer, held, settle });
    this.#input.write(JSON.parse(handedJson(held.claimed)) as object);
  }

  #read(chunk: Buffer): void {
    if (this.#end?.code === 'agent_protocol_error') return;
    try {
      for (const line of this.#lines.push(chunk)) this.#receive(line);
    } catch (error) {
      this.#break(error instanceof Error ? error.message : String(error));
    }
  }

  #receive(line: string): void {
    const { deliveryId, outcome } = parseAnswer(line);
    const asked = this.#asked.get(deliveryId);
    if (asked === undefined) throw new Error(`It holds no delivery ${JSON.stringify(deliveryId.slice(0, 64))}`);
    this.#hasAnswered = true;
    this.#settle(deliveryId, asked, outcome);
  }

  /** What a program says after it broke the protocol cannot be trusted, so it is stopped. */
  #break(problem: string): void {
    const message = `The agent broke the protocol: ${problem}`;
    const { module, logger } = this.#options;
    logger.warn({ module, pid: this.#child.pid }, message);
    this.#lose({ code: 'agent_protocol_error', message });
    void this.stop();
  }

  /** A program cannot be told to leave one delivery alone, so it is stopped. */
  #timeOut(id: string): void {
    const { module, timeoutSeconds, logger } = this.#options;
    const error = { code: 'agent_timed_out', message: `The agent did not answer ${id} within ${timeoutSeconds} s.` };
    logger.warn({ module, pid: this.#child.pid }, error.message);
    const asked = this.#asked.get(id);
    if (asked !== undefined) this.#settle(id, asked, { kind: 'failed', error, isRetryable: true });
    this.#lose(error);
    void this.stop();
  }

  #lose(end: CommandEnd): void {
    this.#end ??= end;
    const { code } = this.#end;
    const outcome: ServedOutcome = innocent.has(code)
      ? { kind: 'released' }
      : { kind: 'failed', error: this.#end, isRetryable: true };
    for (const [id, asked] of this.#asked) this.#settle(id, asked, outcome);
  }

  #settle(id: string, { timer, settle }: Asked, outcome: ServedOutcome): void {
    clearTimeout(timer);
    this.#asked.delete(id);
    settle(outcome);
  }

  async #finish(exit: ChildExit): Promise<CommandEnd | undefined> {
    const end = this.#end ?? (await this.#endOf(exit));
    if (end !== undefined) this.#lose(end);
    return end;
  }

  async #endOf(exit: ChildExit): Promise<CommandEnd | undefined> {
    const { command, cwd } = this.#options;
    if (exit.startError !== undefined) return await startFailureOf(exit.startError, command[0] ?? '', cwd);
    return exitReasonOf({ exit, stderrTail: this.#tail.toString(), wasInTurn: this.#asked.size > 0 });
  }
}
