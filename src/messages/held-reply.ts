import { randomToken } from '../lib/random-token.js';

/** How long a reply waits for the open request that it was made for to take it. */
export const HOLD_REPLY_MS = 10_000;

/** No token of a holder has a dot. */
const MARK = 'held.';

/** The lease of a reply that is held for an open request. */
export const newHold = (): string => MARK + randomToken(12);

/** Held for a request, and not claimed by anybody. */
export const isHold = (lease: string | null): boolean => lease?.startsWith(MARK) === true;
