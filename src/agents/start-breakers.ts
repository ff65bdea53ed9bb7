import type { Clock } from '../lib/clock.js';
import {
  afterFailedStart,
  type StartBreakerState,
  type StartRecord,
  startRoomOf,
  startStateAt,
} from './start-breaker-state.js';

export interface StartBreakerView {
  readonly state: StartBreakerState;
  readonly failures: number;
  readonly reason: string;
  readonly retryAt: number;
}

/** How the starts of each agent's processes fare on this hub. While they fail its turns wait, and no attempt is spent. */
export class StartBreakers {
  readonly #records = new Map<string, StartRecord>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many more of its turns may begin while `running` are under way. */
  roomOf(module: string, running: number): number {
    return startRoomOf(startStateAt(this.#records.get(module), this.#clock.now()), running);
  }

  /** @returns how long its turns wait, in milliseconds */
  failed(module: string, reason: string): number {
    const now = this.#clock.now();
    const record = afterFailedStart(this.#records.get(module), { reason, now });
    this.#records.set(module, record);
    return record.restUntil - now;
  }

  /** It has said something, or it is another program from now on. */
  forget(module: string): void {
    this.#records.delete(module);
  }

  of(module: string): StartBreakerView | undefined {
    const record = this.#records.get(module);
    if (record === undefined) return undefined;
    const { failures, reason, restUntil } = record;
    return { state: startStateAt(record, this.#clock.now()), failures, reason, retryAt: restUntil };
  }
}
