import type { Module } from '../modules/module.js';
import type { HolderVerb } from './delivery-service.js';
import type { ClaimedDelivery } from './message-json.js';
import type { DeliveryError } from './message-schema.js';
import type { ServedReply } from './served-reply-schema.js';

/** Why the work on a delivery is to end before it is done. */
export type EndReason = 'cancelled' | 'draining' | 'lease_lost';

/** How the work on a delivery ended. `released`: it goes back untried. */
export type ServedOutcome =
  | { readonly kind: 'completed'; readonly reply?: ServedReply | undefined }
  | {
      readonly kind: 'failed';
      readonly error: DeliveryError;
      readonly isRetryable: boolean;
      /** Instead of the backoff. */
      readonly delaySeconds?: number | undefined;
    }
  | { readonly kind: 'released' };

/** A delivery that a server of the hub's own holds, and who wants the work on it to end. The first reason wins and is kept. */
export class HeldDelivery {
  readonly claimed: ClaimedDelivery;
  /** As it was at the claim. */
  readonly module: Module;
  readonly #end = new AbortController();

  constructor(claimed: ClaimedDelivery, module: Module) {
    this.claimed = claimed;
    this.module = module;
  }

  /** Aborted when the work is to end. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  get endedBy(): EndReason | undefined {
    return this.#end.signal.aborted ? (this.#end.signal.reason as EndReason) : undefined;
  }

  end(reason: EndReason): void {
    this.#end.abort(reason);
  }

  /** What its holder says of it; nothing where it is not ours any more. */
  verbOf(outcome: ServedOutcome): HolderVerb | undefined {
    if (this.endedBy === 'cancelled' || this.endedBy === 'lease_lost') return undefined;
    const { lease } = this.claimed;
    switch (outcome.kind) {
      case 'completed':
        return { verb: 'complete', lease, ...(outcome.reply === undefined ? {} : { reply: outcome.reply }) };
      case 'failed': {
        const { error, isRetryable: retryable, delaySeconds } = outcome;
        return { verb: 'fail', lease, error, retryable, ...(delaySeconds === undefined ? {} : { delaySeconds }) };
      }
      case 'released':
        return { verb: 'release', lease };
    }
  }
}
