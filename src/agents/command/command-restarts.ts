import type { Clock } from '../../lib/clock.js';
import { afterEnd, type Ended, isTrusted, mayStart, newRecord, type RestartRecord } from './command-restart-state.js';

/** How the programs of modules have fared, by the module's name. */
export class CommandRestarts {
  readonly #records = new Map<string, RestartRecord>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  mayStart(module: string): boolean {
    return mayStart(this.#of(module), this.#clock.now());
  }

  isTrusted(module: string, startedAt: number): boolean {
    return isTrusted(this.#of(module), this.#clock.now() - startedAt);
  }

  /** Its last start failed, and nothing has been answered since. */
  isFailing(module: string): boolean {
    return this.#of(module).failures > 0;
  }

  ended(module: string, how: Omit<Ended, 'now'>): void {
    this.#records.set(module, afterEnd(this.#of(module), { ...how, now: this.#clock.now() }));
  }

  /** It has answered, or it is another program from now on: a new beginning. */
  forget(module: string): void {
    this.#records.delete(module);
  }

  #of(module: string): RestartRecord {
    return this.#records.get(module) ?? newRecord;
  }
}
