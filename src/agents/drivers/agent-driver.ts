/** Starts agent processes of one kind, such as Claude Code. */
export interface AgentDriver {
  /** Returns at once: a program that cannot be started shows in `exited`. Throws only for arguments no process can take. */
  start(options: AgentStartOptions): AgentProcess;
}

export interface AgentStartOptions {
  /** A name on the PATH of `environment`, or an absolute path. */
  readonly program: string;
  readonly cwd: string;
  /** The whole environment of the child: the driver adds the tag and its defaults, and nothing of the hub's own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Unique to this process: everything that carries it in its environment is ended by `stop`. */
  readonly tag: string;
  readonly session: AgentSession;
  /** Appended to the agent's own system prompt. */
  readonly systemPrompt?: string | undefined;
  /** The same, in a file: an argument has a length that it must not exceed. */
  readonly systemPromptFile?: string | undefined;
  readonly model?: string | undefined;
  readonly fallbackModel?: string | undefined;
  readonly maxTurns?: number | undefined;
  readonly maxBudgetUsd?: number | undefined;
  readonly permissionMode?: PermissionMode | undefined;
  readonly allowedTools?: readonly string[] | undefined;
  readonly disallowedTools?: readonly string[] | undefined;
  /** Asked about even where the agent would let them pass by itself. */
  readonly askedTools?: readonly string[] | undefined;
  readonly addDirs?: readonly string[] | undefined;
  readonly mcpConfig?: unknown;
  /** The same, in a file: arguments can be read by every user of the machine. */
  readonly mcpConfigFile?: string | undefined;
  readonly jsonSchema?: unknown;
}

/** A session has one writer: two processes on one id silently lose one of the two branches. */
export type AgentSession =
  | { readonly kind: 'new'; readonly id: string }
  | { readonly kind: 'resume'; readonly id: string }
  /** A new session that begins as a copy of another. */
  | { readonly kind: 'fork'; readonly id: string; readonly from: string };

export type PermissionMode = 'default' | 'acceptEdits' | 'plan' | 'bypassPermissions';

export interface ApprovalRequest {
  readonly requestId: string;
  readonly toolUseId: string;
  readonly toolName: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly description: string | undefined;
  readonly suggestions: readonly unknown[];
  /** Aborted when the answer is no longer wanted: the turn was interrupted or the process ended. */
  readonly signal: AbortSignal;
}

/** Asked before each tool that the rules of the agent do not settle. Without one such a tool is denied. */
export type ApprovalAsk = (request: ApprovalRequest) => Promise<ApprovalDecision>;

export type ApprovalDecision =
  | { readonly behavior: 'allow'; readonly updatedInput?: Readonly<Record<string, unknown>> | undefined }
  | { readonly behavior: 'deny'; readonly message: string };

/** What is said to begin a turn, in one block or several. */
export type Prompt = string | readonly string[];

export interface AgentProcess {
  /** Undefined when the program could not be started. */
  readonly pid: number | undefined;
  readonly startedAt: number;
  /** When it last printed anything, as `performance.now()` tells. */
  readonly lastHeardAt: number;
  /** Never rejects. What the agent left behind may still run: `stop` ends it. */
  readonly exited: Promise<AgentExit>;
  /** Resolves when the process takes turns: what is asked before that waits. Rejects when it ends first. */
  ready(): Promise<void>;
  /**
   * Runs one turn; one at a time. Rejects with an AgentProcessError when the process ends or breaks before the result.
   * A turn has no time limit of its own. `onOutput` must not throw.
   */
  runTurn(prompt: Prompt, onOutput: (output: TurnOutput) => void, onApprovalRequest?: ApprovalAsk): Promise<TurnResult>;
  /** Whether it takes a control message, which is sent. Says nothing of one that it does not answer. Rejects when it ends first. */
  knows(control: string): Promise<boolean>;
  /** How much of its context the session fills, between turns; undefined where it does not say. */
  contextPercent(): Promise<number | undefined>;
  /** Asks again and again until the turn has ended; a turn that ignores it is for `stop`. */
  interrupt(): Promise<void>;
  /** Ends the process and everything below it. Call it after a crash too. Idempotent, complete when it returns. */
  stop(): Promise<void>;
  /** The same without asking: its turn is lost. */
  kill(): Promise<void>;
}

export interface AgentExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it ended, unless it ended by itself with code 0 and no turn in flight. */
  readonly error: AgentExitReason | undefined;
  /** The last 8 KiB. */
  readonly stderrTail: string;
}

export interface AgentExitReason {
  readonly code: AgentErrorCode;
  readonly message: string;
}

export type AgentErrorCode =
  | 'agent_not_installed'
  | 'agent_cwd_missing'
  | 'agent_start_failed'
  /** The system starts it not now: it has no room for another process, or the program is being written. */
  | 'agent_start_refused'
  | 'agent_session_missing'
  | 'agent_session_in_use'
  | 'agent_protocol_error'
  | 'agent_crashed'
  | 'agent_stopped'
  | 'agent_busy';

export type TurnOutput =
  | { readonly kind: 'session'; readonly sessionId: string; readonly model: string; readonly tools: readonly string[] }
  | { readonly kind: 'text' | 'thinking'; readonly text: string }
  | ToolUseOutput
  | ToolResultOutput
  | ApiRetryOutput
  | RateLimitOutput
  /** A question that waits for an answer, or does so no longer. */
  | { readonly kind: 'approval'; readonly isOpen: boolean }
  | { readonly kind: 'notice'; readonly name: string; readonly detail: Readonly<Record<string, unknown>> };

export interface ToolUseOutput {
  readonly kind: 'tool_use';
  readonly toolUseId: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The tool use that started the sub-agent which uses this tool. */
  readonly parentToolUseId: string | undefined;
}

export interface ToolResultOutput {
  readonly kind: 'tool_result';
  readonly toolUseId: string;
  readonly text: string;
  readonly isError: boolean;
  readonly parentToolUseId: string | undefined;
}

export interface ApiRetryOutput {
  readonly kind: 'api_retry';
  readonly attempt: number;
  readonly maxRetries: number;
  readonly retryDelayMs: number;
  /** Undefined when the connection itself failed. */
  readonly status: number | undefined;
}

export interface RateLimitOutput {
  readonly kind: 'rate_limit';
  readonly status: string;
  readonly limitType: string | undefined;
  readonly resetsAt: number | undefined;
  readonly utilization: number | undefined;
}

export interface TurnResult {
  readonly isError: boolean;
  readonly outcome: 'succeeded' | 'failed' | 'interrupted';
  /** The final answer; the error's text when the turn failed; empty when it was interrupted. */
  readonly text: string;
  readonly structuredOutput: unknown;
  readonly sessionId: string;
  readonly subtype: string;
  readonly terminalReason: string | undefined;
  readonly errors: readonly string[];
  readonly apiErrorStatus: number | undefined;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheCreationTokens: number;
  /** Since the process started: the cost of a turn is the difference to the turn before it. */
  readonly totalCostUsd: number;
  readonly durationMs: number;
  readonly durationApiMs: number;
  readonly numTurns: number;
  readonly permissionDenials: readonly unknown[];
  /** Since the process started, by model. */
  readonly modelUsage: Readonly<Record<string, unknown>>;
}
