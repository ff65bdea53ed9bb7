import type { News } from './news.js';
import type { RunningTurn } from './running-turn.js';
import { conversationIdOf } from './turn-context.js';

export interface GatedPool {
  readonly news: News;
  takesTurns(conversation: { readonly module: string; readonly conversationId: string }): boolean;
}

/**
 * Lets turns begin that can: one at a time in a conversation, in the order of their claims, and none while its instance is paused. The
 * others wait with their lease held, and take no place.
 */
export class TurnGate {
  readonly #pool: GatedPool;
  readonly #begun = new Set<RunningTurn>();
  readonly #waiting = new Set<RunningTurn>();

  constructor(pool: GatedPool) {
    this.#pool = pool;
  }

  get begun(): number {
    return this.#begun.size;
  }

  begunOf(module: string): number {
    return [...this.#begun].filter((turn) => turn.module.name === module).length;
  }

  /** False where the turn was to end before it could begin. */
  async enter(turn: RunningTurn): Promise<boolean> {
    this.#waiting.add(turn);
    while (!this.#mayBegin(turn) && !turn.signal.aborted) await this.#pool.news.next(turn.signal);
    this.#waiting.delete(turn);
    if (turn.signal.aborted) return false;
    this.#begun.add(turn);
    return true;
  }

  leave(turn: RunningTurn): void {
    this.#begun.delete(turn);
    this.#pool.news.tell();
  }

  #mayBegin(turn: RunningTurn): boolean {
    const isSame = (other: RunningTurn): boolean => isOfOne(other, turn);
    if ([...this.#begun].some(isSame) || [...this.#waiting].find(isSame) !== turn) return false;
    return this.#pool.takesTurns({ module: turn.module.name, conversationId: conversationIdOf(turn.claimed) });
  }
}

const isOfOne = (one: RunningTurn, other: RunningTurn): boolean =>
  one.module.name === other.module.name && conversationIdOf(one.claimed) === conversationIdOf(other.claimed);
