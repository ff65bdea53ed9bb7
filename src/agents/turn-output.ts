import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import { patiently } from '../lib/patience.js';
import type { Reached } from '../tasks/message-tasks.js';
import type { ApiRetryOutput, TurnOutput } from './drivers/agent-driver.js';
import { type OutputPiece, pieceOf } from './output-piece.js';
import { turnStore } from './turn-store.js';
import { WorkList } from './work-list.js';

export interface TurnSubject {
  readonly turnId: number;
  readonly messageId: number;
  readonly deliveryId: number;
  readonly module: string;
  readonly conversationId: string;
}

export interface TurnOutputParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  /** The tasks of messages. */
  readonly progress: { reached(tx: Transaction, reached: Reached): Promise<void> };
}

interface Piece extends OutputPiece {
  readonly percent?: number | undefined;
}
type Entry = Piece | ApiRetryOutput;

/** Longest text of one piece, in characters: an event with it still is a small frame. */
const PIECE_CHARACTERS = 32 * 1024;
/** Between two writes. The first words go out at once; of a stream of words, more is gathered than a reader could tell apart. */
const GATHER_MS = 25;
/** How long words wait for a database that is away, in milliseconds. */
const AWAY_MS = 30_000;

/**
 * Keeps what an agent says while it says it: as events for who watches, as rows for who comes late. What arrives while a write is under
 * way, or shortly after it, goes with the next one, so a fast talker costs few commits; the last of it goes with the end of the turn.
 */
export class TurnOutputLog {
  firstTokenAt: number | undefined;
  readonly #subject: Promise<TurnSubject>;
  readonly #parts: TurnOutputParts;
  readonly #work = new WorkList();
  readonly #reached = new Set<number>([0]);
  #waiting: Entry[] = [];
  #offset = 0;
  #writing: Promise<void> | undefined;
  #isClosing = false;
  #endPause: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** What is said before the turn is on record waits until it is. */
  constructor(subject: Promise<TurnSubject>, parts: TurnOutputParts) {
    this.#subject = subject;
    // It is told by rest(), or by who puts the turn on record.
    subject.catch(() => undefined);
    this.#parts = parts;
  }

  add(output: TurnOutput): void {
    const entry = this.#entryOf(output);
    if (entry === undefined) return;
    if (entry.kind !== 'api_retry') this.firstTokenAt ??= this.#parts.clock.now();
    if (!joinTo(this.#waiting.at(-1), entry)) this.#waiting.push(entry);
    this.#writing ??= this.#writeInTurn();
  }

  #entryOf(output: TurnOutput): Entry | undefined {
    if (output.kind === 'api_retry') return output;
    const percent = this.#work.hear(output);
    const piece = pieceOf(output);
    if (percent === undefined || piece === undefined || this.#reached.has(percent)) return piece;
    this.#reached.add(percent);
    return { ...piece, percent };
  }

  /**
   * The last of it, for the transaction that ends the turn, which may be one with a write that is under way. It fails where something
   * before it could not be written.
   */
  async rest(): Promise<(tx: Transaction) => Promise<void>> {
    this.#isClosing = true;
    this.#endPause?.();
    return this.#takeBatch(await this.#subject);
  }

  async #writeInTurn(): Promise<void> {
    try {
      const subject = await this.#subject;
      while (this.#waiting.length > 0 && !this.#isClosing) {
        await this.#writeWhenItCan(this.#takeBatch(subject));
        await this.#gather();
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#writing = undefined;
    }
  }

  /** In spite of what went wrong while the database was away. */
  async #writeWhenItCan(batch: (tx: Transaction) => Promise<void>): Promise<void> {
    await patiently(AWAY_MS, () => {
      this.#failure = undefined;
      return this.#parts.database.write(batch);
    });
  }

  async #gather(): Promise<void> {
    if (this.#isClosing) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#endPause = resolve;
      timer = setTimeout(resolve, GATHER_MS);
    });
    clearTimeout(timer);
  }

  #takeBatch(subject: TurnSubject): (tx: Transaction) => Promise<void> {
    const batch = this.#waiting;
    const start = this.#offset;
    this.#waiting = [];
    this.#offset += batch.reduce((sum, entry) => sum + lengthOf(entry), 0);
    return async (tx) => {
      if (this.#failure !== undefined) throw this.#failure.error;
      try {
        await this.#write(tx, subject, batch, start);
      } catch (error) {
        this.#failure = { error };
        throw error;
      }
    };
  }

  async #write(tx: Transaction, subject: TurnSubject, batch: readonly Entry[], start: number): Promise<void> {
    const at = this.#parts.clock.now();
    let offset = start;
    for (const entry of batch) {
      if (entry.kind === 'api_retry') await this.#writeRetry(tx, subject, entry, at);
      else await this.#writePiece(tx, subject, { ...entry, offset, at });
      offset += lengthOf(entry);
    }
  }

  async #writePiece(
    tx: Transaction,
    subject: TurnSubject,
    { kind, text, percent, offset, at }: Piece & { offset: number; at: number },
  ): Promise<void> {
    const { turnId, messageId } = subject;
    await turnStore.insertOutput(tx, { turn_id: turnId, kind, offset, text, at });
    const data = { turnId: `turn_${turnId}`, messageId: `msg_${messageId}`, kind, offset, text };
    await this.#parts.events.append(tx, { type: 'turn.output', at, ...subject, data });
    if (percent === undefined) return;
    await this.#parts.progress.reached(tx, { messageId, percent, before: this.#reached, now: at });
  }

  async #writeRetry(tx: Transaction, subject: TurnSubject, retry: ApiRetryOutput, at: number): Promise<void> {
    const { attempt, maxRetries, retryDelayMs, status } = retry;
    const data = { turnId: `turn_${subject.turnId}`, retry: attempt, maxRetries, delayMs: retryDelayMs, status };
    await this.#parts.events.append(tx, { type: 'turn.retrying', at, ...subject, data });
  }
}

const lengthOf = (entry: Entry): number => (entry.kind === 'api_retry' ? 0 : entry.text.length);

/** Words that follow words of their kind are one piece, up to a length. False where they are not. */
const joinTo = (last: Entry | undefined, entry: Entry): boolean => {
  if (last?.kind !== entry.kind || !('text' in last && 'text' in entry)) return false;
  if ((last.kind !== 'text' && last.kind !== 'thinking') || last.text.length >= PIECE_CHARACTERS) return false;
  last.text += entry.text;
  return true;
};
