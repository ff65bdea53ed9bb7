const FIRST_MS = 100;
const LONGEST_MS = 5000;
const MOST_DOUBLINGS = 6;

/** Doubles from 100 ms to 5 s, half of it by chance, so that many clients of a hub that restarts do not come back as one. */
export const backoffMs = (attempt: number, random: () => number = Math.random): number => {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, MOST_DOUBLINGS));
  return whole / 2 + (whole / 2) * random();
};

export interface Failure {
  /** Of the answer; undefined where there was none. */
  readonly status?: number;
  readonly code?: string;
  /** The request cannot have arrived. */
  readonly isUnsent?: boolean;
}

/** Refused before anything was done. */
const refusedStatus = new Set([429]);
const refusedCodes = new Set(['draining']);
/** It may have been done or not. */
const doubtfulStatus = new Set([502, 503, 504]);

/** Whether a request may be sent again: always where nothing can have been done, else only where doing it twice is doing it once. */
export const mayRetry = ({ status, code, isUnsent }: Failure, isIdempotent: boolean): boolean => {
  if (isUnsent === true || refusedStatus.has(status ?? 0) || refusedCodes.has(code ?? '')) return true;
  return isIdempotent && (status === undefined || doubtfulStatus.has(status));
};
