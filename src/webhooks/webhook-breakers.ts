import { type Clock, toRfc3339 } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import type { Module } from '../modules/module.js';
import {
  type Breaker,
  type BreakerState,
  beginTry,
  breakerAt,
  endTry,
  newBreaker,
  roomOf,
  type Verdict,
} from './breaker-state.js';

/** A breaker as health shows it. */
export interface BreakerView {
  readonly endpoint: string;
  readonly state: BreakerState;
  /** In a row; only while it is closed. */
  readonly failures?: number;
  readonly openUntil?: string;
}

/** One call of an endpoint that the breaker let through. */
export interface Try {
  end(verdict: Verdict): void;
}

/** Modules that name the same place share its breaker, whatever they ask of it. */
export const endpointOf = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
};

/** The circuit breakers of all endpoints, in memory: a hub that starts anew gives each a new chance. */
export class WebhookBreakers {
  readonly #breakers = new Map<string, Breaker>();
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** How many more tries may begin. */
  room(endpoint: string): number {
    return roomOf(this.#now(endpoint));
  }

  /** Undefined where no try may begin. */
  begin(endpoint: string): Try | undefined {
    const breaker = this.#now(endpoint);
    if (roomOf(breaker) === 0) return undefined;
    const { era } = breaker;
    this.#breakers.set(endpoint, beginTry(breaker));
    return { end: (verdict) => this.#end(endpoint, era, verdict) };
  }

  /** Undefined for a module that is no webhook. */
  breakerOf({ runtime }: Module): BreakerView | undefined {
    if (runtime.type !== 'webhook') return undefined;
    const endpoint = endpointOf(runtime.url);
    const breaker = this.#now(endpoint);
    return {
      endpoint,
      state: breaker.state,
      ...(breaker.state === 'closed' ? { failures: breaker.failures } : {}),
      ...(breaker.state === 'open' ? { openUntil: toRfc3339(breaker.openUntil) } : {}),
    };
  }

  #now(endpoint: string): Breaker {
    return breakerAt(this.#breakers.get(endpoint) ?? newBreaker, this.#clock.now());
  }

  #end(endpoint: string, era: number, verdict: Verdict): void {
    const before = this.#now(endpoint);
    const after = endTry(before, { era, verdict, now: this.#clock.now() });
    this.#breakers.set(endpoint, after);
    if (after.state === before.state) return;
    if (after.state === 'open') this.#logger.warn({ endpoint }, 'a webhook fails and is left alone for a while');
    else this.#logger.info({ endpoint }, 'a webhook answers again');
  }
}
