import type { ClaimedDelivery } from '../messages/message-json.js';
import type { Module } from '../modules/module.js';
import type { AgentInstance } from './agent-instance.js';
import type { TurnResult } from './drivers/agent-driver.js';
import type { TurnOutcome } from './turn-outcome.js';

type EndReason = 'cancelled' | 'draining' | 'lease_lost' | 'timed_out';

/** A turn under way, and who wants it to end. The first reason wins and is kept. */
export class RunningTurn {
  readonly claimed: ClaimedDelivery;
  readonly module: Module;
  turnId: number | undefined;
  #instance: AgentInstance | undefined;
  #reason: EndReason | undefined;

  constructor(claimed: ClaimedDelivery, module: Module) {
    this.claimed = claimed;
    this.module = module;
  }

  /** From here on the turn can be interrupted; one that was to end before that ends at once. */
  attach(instance: AgentInstance): void {
    this.#instance = instance;
    if (this.#reason !== undefined) void instance.process.interrupt();
  }

  end(reason: EndReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    void this.#instance?.process.interrupt();
  }

  /** How the turn ended if somebody ended it; a turn that had succeeded before the interrupt came has succeeded. */
  endedBy(result: TurnResult | undefined): TurnOutcome | undefined {
    if (this.#reason === undefined || result?.outcome === 'succeeded') return undefined;
    if (this.#reason === 'timed_out')
      return { kind: 'timed_out', message: 'The turn took longer than its module allows.', result };
    return { kind: 'interrupted', reason: this.#reason, result };
  }

  /** Its delivery went to somebody else, or was settled: the turn counts as interrupted. */
  lost(outcome: TurnOutcome): TurnOutcome {
    return { kind: 'interrupted', reason: 'lease_lost', result: 'result' in outcome ? outcome.result : undefined };
  }
}
