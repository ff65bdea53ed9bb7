import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { endTagged } from '../leftovers.js';
import type {
  AgentExit,
  AgentExitReason,
  AgentProcess,
  AgentStartOptions,
  ApprovalAsk,
  ApprovalRequest,
  Prompt,
  TurnOutput,
  TurnResult,
} from './agent-driver.js';
import { AgentProcessError } from './agent-process-error.js';
import { type ChildExit, childExit } from './child-exit.js';
import { ClaudeApprovals, controlRefusal } from './claude-approvals.js';
import { ClaudeControls } from './claude-controls.js';
import type { ClaudeLimits } from './claude-limits.js';
import { type ClaudeLine, parseClaudeLine } from './claude-lines.js';
import { isSessionMissing } from './claude-result.js';
import { exitReasonOf, sessionMissing, startFailureOf } from './exit-reason.js';
import { numberField } from './json-fields.js';
import { JsonLinesInput } from './json-lines-input.js';
import { LineSplitter } from './line-splitter.js';
import { OutputTail } from './output-tail.js';
import { settlesWithin } from './settles-within.js';
import { terminateProcess } from './terminate-process.js';
import { TurnInFlight } from './turn-in-flight.js';

const HAS_EXITED: AgentExitReason = { code: 'agent_crashed', message: 'The agent has exited.' };

/** A `claude -p` process that takes one turn after another on its stdin. */
export class ClaudeProcess implements AgentProcess {
  readonly startedAt = Date.now();
  lastHeardAt = 0;
  readonly exited: Promise<AgentExit>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #options: AgentStartOptions;
  readonly #limits: ClaudeLimits;
  readonly #input: JsonLinesInput;
  readonly #lines: LineSplitter;
  readonly #stderr: OutputTail;
  readonly #approvals: ClaudeApprovals;
  readonly #controls: ClaudeControls;
  #turn: TurnInFlight | undefined;
  #streamedMessageId: string | undefined;
  /** Why it ends or has ended; the first reason stands. */
  #reason: AgentExitReason | undefined;
  #hasExited = false;
  #stopping: Promise<void> | undefined;

  constructor(child: ChildProcessWithoutNullStreams, options: AgentStartOptions, limits: ClaudeLimits) {
    this.#child = child;
    this.#options = options;
    this.#limits = limits;
    this.#input = new JsonLinesInput(child.stdin, () => void this.#endDeaf());
    this.#lines = new LineSplitter(limits.maxLineBytes);
    this.#stderr = new OutputTail(limits.stderrTailBytes);
    this.#approvals = new ClaudeApprovals((line) => this.#input.write(line));
    this.#controls = new ClaudeControls((line) => this.#input.write(line));
    child.stdout.on('data', (chunk: Buffer) => this.#read(chunk));
    child.stderr.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    this.exited = childExit(child, limits.drainMs).then((exit) => this.#finish(exit));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** It says nothing by itself before its first turn, but it answers. */
  async ready(): Promise<void> {
    await this.#controls.ask({ subtype: 'initialize' });
  }

  async runTurn(
    prompt: Prompt,
    onOutput: (output: TurnOutput) => void,
    onApprovalRequest?: ApprovalAsk,
  ): Promise<TurnResult> {
    if (this.#turn) throw new AgentProcessError({ code: 'agent_busy', message: 'The agent is in a turn already.' });
    if (this.#reason) throw new AgentProcessError(this.#reason);
    if (this.#hasExited) throw new AgentProcessError((await this.exited).error ?? HAS_EXITED);
    const turn = new TurnInFlight(onOutput, onApprovalRequest);
    this.#turn = turn;
    this.#input.write({ type: 'user', message: { role: 'user', content: contentOf(prompt) } });
    return turn.result;
  }

  async knows(control: string): Promise<boolean> {
    return await this.#controls.isKnown({ subtype: control });
  }

  async contextPercent(): Promise<number | undefined> {
    const usage = await this.#controls.ask({ subtype: 'get_context_usage' });
    const [tokens, most] = [numberField(usage, 'totalTokens'), numberField(usage, 'maxTokens')];
    return tokens === undefined || !most ? undefined : (tokens / most) * 100;
  }

  async interrupt(): Promise<void> {
    const turn = this.#turn;
    if (!turn) return;
    this.#askToInterrupt();
    const timer = setInterval(() => this.#askToInterrupt(), this.#limits.interruptRepeatMs);
    await turn.settled();
    clearInterval(timer);
  }

  stop(): Promise<void> {
    this.#reason ??= { code: 'agent_stopped', message: 'The agent was stopped.' };
    this.#stopping ??= this.#terminate();
    return this.#stopping;
  }

  async kill(): Promise<void> {
    this.#reason ??= { code: 'agent_stopped', message: 'The agent was killed.' };
    this.#child.kill('SIGKILL');
    await this.stop();
  }

  #terminate(): Promise<void> {
    const target = {
      exited: this.exited,
      interrupt: () => this.interrupt(),
      closeInput: () => this.#input.close(),
      signal: (signal: NodeJS.Signals) => void this.#child.kill(signal),
      endTagged: async () => void (await endTagged((tag) => tag === this.#options.tag)),
    };
    return terminateProcess(target, this.#limits);
  }

  #askToInterrupt(): void {
    this.#controls.tell({ subtype: 'interrupt' });
  }

  #read(chunk: Buffer): void {
    this.lastHeardAt = performance.now();
    if (this.#reason?.code === 'agent_protocol_error') return;
    try {
      for (const text of this.#lines.push(chunk)) this.#receive(parseClaudeLine(text));
    } catch (error) {
      this.#break(error);
    }
  }

  /** Who does not read its stdin any more is about to exit, or will never hear of a turn. */
  async #endDeaf(): Promise<void> {
    if (await settlesWithin(this.exited, this.#limits.drainMs)) return;
    this.#lose({ code: 'agent_crashed', message: 'The agent has closed its stdin.' });
    await this.stop();
  }

  /** What a program says after it broke the protocol cannot be trusted, so it is stopped. */
  #break(error: unknown): void {
    const message = `The agent broke the protocol: ${error instanceof Error ? error.message : error}`;
    this.#lose({ code: 'agent_protocol_error', message });
    void this.stop();
  }

  #receive(line: ClaudeLine | undefined): void {
    switch (line?.kind) {
      case 'outputs':
        this.#emit(line.outputs);
        break;
      case 'message_started':
        this.#streamedMessageId = line.messageId;
        break;
      case 'message':
        this.#emit(line.outputs.filter((output) => !this.#wasStreamed(output, line.messageId)));
        break;
      case 'result':
        this.#receiveResult(line.result);
        break;
      case 'control_answered':
        this.#controls.answered(line.requestId, line);
        break;
      case 'approval_requested':
        void this.#ask(line.request);
        break;
      case 'approval_withdrawn':
        this.#approvals.withdraw(line.requestId);
        break;
      case 'unknown_request':
        this.#input.write(controlRefusal(line.requestId, line.subtype));
        break;
    }
  }

  async #ask(request: Omit<ApprovalRequest, 'signal'>): Promise<void> {
    this.#emit([{ kind: 'approval', isOpen: true }]);
    await this.#approvals.answer(request, this.#turn?.onApprovalRequest);
    this.#emit([{ kind: 'approval', isOpen: false }]);
  }

  #wasStreamed({ kind }: TurnOutput, messageId: string): boolean {
    return (kind === 'text' || kind === 'thinking') && messageId === this.#streamedMessageId;
  }

  #emit(outputs: readonly TurnOutput[]): void {
    for (const output of outputs) this.#turn?.onOutput(output);
  }

  #receiveResult(result: TurnResult): void {
    if (isSessionMissing(result)) this.#lose(sessionMissing(result));
    // Its stdin was closed: it took that for a no, and calls the turn a success.
    if (this.#approvals.isAsking) {
      this.#lose({
        code: 'agent_crashed',
        message: 'The agent ended its turn without waiting for the answer to its question.',
      });
      void this.stop();
    }
    this.#turn?.resolve(result);
    this.#turn = undefined;
  }

  /** No turn can succeed from here on. */
  #lose(reason: AgentExitReason): void {
    this.#reason ??= reason;
    this.#turn?.reject(new AgentProcessError(this.#reason));
    this.#turn = undefined;
  }

  async #finish(exit: ChildExit): Promise<AgentExit> {
    this.#hasExited = true;
    this.#approvals.withdrawAll();
    const reason = this.#reason ?? (await this.#reasonOf(exit));
    if (reason) this.#lose(reason);
    this.#controls.lose(reason ?? HAS_EXITED);
    return { code: exit.code, signal: exit.signal, error: reason, stderrTail: this.#stderr.toString() };
  }

  async #reasonOf(exit: ChildExit): Promise<AgentExitReason | undefined> {
    const { program, cwd } = this.#options;
    if (exit.startError) return startFailureOf(exit.startError, program, cwd);
    const stderrTail = this.#stderr.toString();
    return exitReasonOf({ exit, stderrTail, wasInTurn: this.#turn !== undefined });
  }
}

const contentOf = (prompt: Prompt): unknown =>
  typeof prompt === 'string' ? prompt : prompt.map((text) => ({ type: 'text', text }));
