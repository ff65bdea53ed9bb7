/*
 *   pending --claim--> leased --complete--> done
 *   leased --release / lease over / fail, attempts left--> pending          pending is ready, delayed (until a time), or
 *   leased --fail for good / lease over / fail, none left--> dead           blocked (behind an earlier one of its ordering key)
 *   pending --bury--> dead --redrive--> pending
 *   pending | leased --expire--> expired       pending | leased --cancel--> cancelled
 */
export const deliveryStates = ['pending', 'leased', 'done', 'dead', 'expired', 'cancelled'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export const deliveryVerbs = ['claim', 'complete', 'retry', 'release', 'bury', 'expire', 'cancel', 'redrive'] as const;
export type DeliveryVerb = (typeof deliveryVerbs)[number];

const moves: Readonly<Record<DeliveryVerb, { readonly from: readonly DeliveryState[]; readonly to: DeliveryState }>> = {
  claim: { from: ['pending'], to: 'leased' },
  complete: { from: ['leased'], to: 'done' },
  retry: { from: ['leased'], to: 'pending' },
  release: { from: ['leased'], to: 'pending' },
  bury: { from: ['pending', 'leased'], to: 'dead' },
  expire: { from: ['pending', 'leased'], to: 'expired' },
  cancel: { from: ['pending', 'leased'], to: 'cancelled' },
  redrive: { from: ['dead'], to: 'pending' },
};

/** The state after the verb, or undefined where the state does not allow it. */
export const moveDelivery = (state: DeliveryState, verb: DeliveryVerb): DeliveryState | undefined =>
  moves[verb].from.includes(state) ? moves[verb].to : undefined;

export const isFinal = (state: DeliveryState): boolean => state !== 'pending' && state !== 'leased';

export interface Attempted {
  /** Which attempt this was, counted from 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
}

/** What becomes of a delivery whose attempt did not end well. */
export const afterAttempt = ({ attempt, maxAttempts }: Attempted, isRetryable: boolean): 'retry' | 'bury' =>
  isRetryable && attempt < maxAttempts ? 'retry' : 'bury';
