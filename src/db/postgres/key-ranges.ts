import { escapeLiteral } from 'pg';
import { type Notice, topic } from '../memory.js';

/**
 * Keys that a hub gives out by itself, so that a row is written without waiting for the answer that names its key. It may, because it has
 * the lock under which all hubs write, and each commit tells the others how far it came; the server's sequences are set with it, and stay
 * the truth.
 */
export class KeyRanges {
  /** The next key of each sequence, as another hub has left them. */
  readonly left = topic<Readonly<Record<string, number>>>('keys', (left) => {
    this.#next = new Map(Object.entries(left));
  });
  #next = new Map<string, number>();
  readonly #taken = new Set<string>();

  /** The next key; undefined where the server must be asked. */
  next(sequence: string): number | undefined {
    return this.#next.get(sequence);
  }

  /** What the server has said. @returns the same */
  learn(sequence: string, next: number): number {
    this.#next.set(sequence, next);
    return next;
  }

  /** So many from the next one on. */
  take(sequence: string, count: number): void {
    this.#next.set(sequence, this.#next.get(sequence)! + count);
    this.#taken.add(sequence);
  }

  /** What goes with the commit, and what others are told with it; undefined where none were given out. */
  get saving(): { readonly text: string; readonly notice: Notice } | undefined {
    if (this.#taken.size === 0) return undefined;
    const sets = [...this.#taken].map((name) => `setval(${escapeLiteral(name)}, ${this.#next.get(name)! - 1})`);
    return {
      text: `select ${sets.join(', ')}`,
      notice: { topic: this.left.name, value: Object.fromEntries(this.#next) },
    };
  }

  /** What was given out is committed. */
  saved(): void {
    this.#taken.clear();
  }

  /** Others may have given out keys unheard, or what was given out here is not committed. */
  forget(): void {
    this.#next.clear();
    this.#taken.clear();
  }
}
