import type { ClaimedDelivery } from '../messages/message-json.js';
import type { Module } from '../modules/module.js';
import type { TurnResult } from './drivers/agent-driver.js';
import { settlesWithin } from './drivers/settles-within.js';
import type { TurnOutcome } from './turn-outcome.js';
import type { TurnWatchdog } from './turn-watchdog.js';

export type EndReason =
  | 'cancelled'
  | 'draining'
  | 'instance_stopped'
  | 'interrupted'
  | 'lease_lost'
  | 'not_recorded'
  | 'stalled'
  | 'timed_out';

/** How long an agent may take to end a turn that it was asked to end, in milliseconds. */
const INTERRUPT_MS = 2000;

/** The process that runs the turn. */
export interface TurnHolder {
  /** Resolves when the turn has ended. */
  interrupt(): Promise<void>;
  /** Ends the process. */
  stop(): Promise<void>;
}

/** A turn under way, and who wants it to end. The first reason wins and is kept. */
export class RunningTurn {
  readonly claimed: ClaimedDelivery;
  readonly module: Module;
  /** When it is on record. */
  turnId: number | undefined;
  readonly #interruptMs: number;
  readonly #ended = new AbortController();
  #holder: TurnHolder | undefined;
  #reason: EndReason | undefined;
  #message = 'The turn took longer than its module allows.';
  /** The hub stops, and waits for the turn no longer than it must. */
  isHurried = false;
  /** Looks at it while it is under way. */
  watchdog: TurnWatchdog | undefined;

  constructor(claimed: ClaimedDelivery, module: Module, interruptMs = INTERRUPT_MS) {
    this.claimed = claimed;
    this.module = module;
    this.#interruptMs = interruptMs;
  }

  /** From here on the turn can be interrupted. */
  attach(holder: TurnHolder): void {
    this.#holder = holder;
  }

  /** The process is no longer at this turn. */
  detach(): void {
    this.#holder = undefined;
  }

  /** Aborted when somebody wants it to end. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  get endReason(): EndReason | undefined {
    return this.#reason;
  }

  /** Its process has been silent for too long. */
  stall(message: string): void {
    if (this.#reason === undefined) this.#message = message;
    this.end('stalled');
  }

  end(reason: EndReason): void {
    if (reason === 'draining') this.isHurried = true;
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#ended.abort();
    void this.#endHeld(this.#holder);
  }

  /** How the turn ended if somebody ended it; a turn that had succeeded before the interrupt came has succeeded. */
  endedBy(result: TurnResult | undefined): TurnOutcome | undefined {
    if (this.#reason === undefined || result?.outcome === 'succeeded') return undefined;
    if (this.#reason === 'timed_out' || this.#reason === 'stalled') {
      const code = this.#reason === 'stalled' ? 'turn_stalled' : 'turn_timed_out';
      return { kind: 'timed_out', code, message: this.#message, result };
    }
    return { kind: 'interrupted', reason: this.#reason, result };
  }

  async #endHeld(holder: TurnHolder | undefined): Promise<void> {
    if (holder === undefined) return;
    const hasEnded = await settlesWithin(holder.interrupt(), this.#interruptMs);
    if (!hasEnded && this.#holder === holder) await holder.stop();
  }
}
