/*
 *   starting --asked--> spawning --session--> thinking <-> streaming
 *                                    thinking, streaming --tool use--> tool --its result--> thinking
 *                                    any --api retry--> api_retry --anything said--> as it says
 *                                    any --question--> approval --answer--> tool, or thinking
 *                                    any --compacting--> compacting --done--> thinking
 *
 * What a turn waits for, as far as the lines of its process tell. `starting` is the hub's own: a place and a process.
 */
export const turnPhases = [
  'starting',
  'spawning',
  'thinking',
  'streaming',
  'tool',
  'api_retry',
  'approval',
  'compacting',
] as const;
export type TurnPhase = (typeof turnPhases)[number];

export interface PhaseState {
  readonly phase: TurnPhase;
  /** Tools that run; an agent may use several at once. */
  readonly tools: readonly string[];
  /** Questions that nobody has answered. */
  readonly questions: number;
  /** What the API asked to wait, in milliseconds. */
  readonly retryMs: number;
}

export const newPhase: PhaseState = { phase: 'starting', tools: [], questions: 0, retryMs: 0 };

/** What bears on the phase; everything else that is said leaves it as it is. */
export type PhaseSign =
  | { readonly kind: 'asked' | 'session' | 'text' | 'thinking' }
  | { readonly kind: 'tool_use' | 'tool_result'; readonly toolUseId: string }
  | { readonly kind: 'api_retry'; readonly retryDelayMs: number }
  | { readonly kind: 'approval'; readonly isOpen: boolean }
  | { readonly kind: 'compacting'; readonly isOver: boolean };

export const phaseAfter = (state: PhaseState, sign: PhaseSign): PhaseState => {
  switch (sign.kind) {
    case 'asked':
      return { ...state, phase: 'spawning' };
    case 'session':
      return { ...state, phase: 'thinking' };
    case 'text':
    case 'thinking':
      return state.phase === 'streaming' ? state : { ...state, phase: 'streaming' };
    case 'tool_use':
      return working({ ...state, tools: [...state.tools, sign.toolUseId] });
    case 'tool_result':
      return working({ ...state, tools: state.tools.filter((id) => id !== sign.toolUseId) });
    case 'api_retry':
      return { ...state, phase: 'api_retry', retryMs: sign.retryDelayMs };
    case 'approval':
      return working({ ...state, questions: Math.max(0, state.questions + (sign.isOpen ? 1 : -1)) });
    case 'compacting':
      return sign.isOver ? working(state) : { ...state, phase: 'compacting' };
  }
};

const working = (state: PhaseState): PhaseState => {
  if (state.questions > 0) return { ...state, phase: 'approval' };
  return { ...state, phase: state.tools.length > 0 ? 'tool' : 'thinking' };
};

/** Longest without a sign of life, in seconds. */
export interface PhaseLimits {
  readonly spawning: number;
  readonly firstToken: number;
  readonly streaming: number;
  readonly tool: number;
  readonly apiRetry: number;
  readonly approval: number;
  readonly compacting: number;
}

export const PHASE_LIMITS: PhaseLimits = {
  spawning: 60,
  firstToken: 300,
  streaming: 120,
  tool: 1800,
  apiRetry: 60,
  approval: 604_800,
  compacting: 300,
};

/** How long the phase may be silent, in milliseconds. What the API asked to wait is not silence. */
export const limitMsOf = ({ phase, retryMs }: PhaseState, limits: PhaseLimits): number => {
  switch (phase) {
    case 'starting':
      return Number.POSITIVE_INFINITY;
    case 'thinking':
      return limits.firstToken * 1000;
    case 'api_retry':
      return limits.apiRetry * 1000 + retryMs;
    default:
      return limits[phase] * 1000;
  }
};
