import type { Module } from '../modules/module.js';
import type { TurnOutput } from './drivers/agent-driver.js';
import type { RunningTurn } from './running-turn.js';
import {
  limitMsOf,
  newPhase,
  PHASE_LIMITS,
  type PhaseLimits,
  type PhaseSign,
  type PhaseState,
  phaseAfter,
  type TurnPhase,
} from './turn-phase-state.js';

export interface WatchdogLimits extends PhaseLimits {
  /** Of the whole turn from its process on, what it waited for people and for the provider aside. */
  readonly totalMs: number;
}

export type Overrun =
  | { readonly kind: 'total' }
  | { readonly kind: 'phase'; readonly phase: TurnPhase; readonly ms: number };

/** A timer cannot wait longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Tells, once, when a turn has taken too long as a whole, or when its process has been silent for longer than its phase allows. */
export class TurnWatchdog {
  readonly #limits: WatchdogLimits;
  readonly #onOverrun: (overrun: Overrun) => void;
  readonly #startedAt = performance.now();
  #lastHeardAt: () => number = () => 0;
  #state: PhaseState = newPhase;
  #since = this.#startedAt;
  #waitedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(limits: WatchdogLimits, onOverrun: (overrun: Overrun) => void) {
    this.#limits = limits;
    this.#onOverrun = onOverrun;
    this.#arm();
  }

  get phase(): TurnPhase {
    return this.#state.phase;
  }

  /** The turn is with a process; every line of it is a sign of life. */
  begin(lastHeardAt: () => number, isWarm: boolean): void {
    this.#lastHeardAt = lastHeardAt;
    this.#take({ kind: isWarm ? 'session' : 'asked' });
  }

  hear(output: TurnOutput): void {
    const sign = signOf(output);
    if (sign !== undefined) this.#take(sign);
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #take(sign: PhaseSign): void {
    const before = this.#state;
    this.#state = phaseAfter(before, sign);
    if (this.#state === before) return;
    const now = performance.now();
    if (isWaiting(before.phase)) this.#waitedMs += now - this.#since;
    this.#since = now;
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    const waitMs = Math.min(this.#phaseLeftMs(), this.#totalLeftMs(), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.ceil(waitMs)));
  }

  #look(): void {
    const overrun = this.#overrun();
    if (overrun === undefined) {
      this.#arm();
    } else {
      this.stop();
      this.#onOverrun(overrun);
    }
  }

  #overrun(): Overrun | undefined {
    if (this.#totalLeftMs() <= 0) return { kind: 'total' };
    if (this.#phaseLeftMs() > 0) return undefined;
    return { kind: 'phase', phase: this.phase, ms: limitMsOf(this.#state, this.#limits) };
  }

  #phaseLeftMs(): number {
    const heardAt = Math.max(this.#since, this.#lastHeardAt());
    return limitMsOf(this.#state, this.#limits) - (performance.now() - heardAt);
  }

  #totalLeftMs(): number {
    if (isWaiting(this.phase)) return Number.POSITIVE_INFINITY;
    return this.#limits.totalMs - (performance.now() - this.#startedAt - this.#waitedMs);
  }
}

/** For a process, for a person or for the provider: that is no time of the turn. */
const isWaiting = (phase: TurnPhase): boolean => phase === 'starting' || phase === 'approval' || phase === 'api_retry';

const signOf = (output: TurnOutput): PhaseSign | undefined => {
  if (output.kind === 'rate_limit') return undefined;
  if (output.kind !== 'notice') return output;
  if (output.name === 'compact_boundary') return { kind: 'compacting', isOver: true };
  return output.name === 'status' && output.detail.status === 'compacting'
    ? { kind: 'compacting', isOver: false }
    : undefined;
};

const DEFAULT_TOTAL_SECONDS = 600;

/** What the module says, and for the rest what holds for all. */
export const watchdogLimitsOf = ({ runtime }: Module): WatchdogLimits => {
  const { timeoutSeconds = DEFAULT_TOTAL_SECONDS, phaseSeconds = {} } = runtime.type === 'claude' ? runtime : {};
  return { ...PHASE_LIMITS, ...phaseSeconds, totalMs: timeoutSeconds * 1000 };
};

const doing: Readonly<Record<TurnPhase, string>> = {
  starting: 'it waited for a process',
  spawning: 'its process started',
  thinking: 'the first word was awaited',
  streaming: 'the answer came',
  tool: 'a tool ran',
  api_retry: 'the API was tried again',
  approval: 'a question was open',
  compacting: 'the context was compacted',
};

/** Ends the turn where it takes too long. */
export const watchTurn = (turn: RunningTurn): TurnWatchdog =>
  new TurnWatchdog(watchdogLimitsOf(turn.module), (overrun) => {
    if (overrun.kind === 'total') turn.end('timed_out');
    else turn.stall(`No sign of life for ${overrun.ms / 1000} s while ${doing[overrun.phase]}.`);
  });
