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
  /** Nobody waits for a database that is away any more. */
  readonly isOver?: () => boolean;
}

/** What goes with one write. */
interface Batch {
  write(tx: Transaction): Promise<void>;
  writeUnlessThere(tx: Transaction): Promise<void>;
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
const AWAY_MS = 60_000;

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
  /** Why a write is tried again. */
  #away: { readonly error: unknown } | undefined;

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
   * before it could not be written, or not yet.
   */
  async rest(): Promise<(tx: Transaction) => Promise<void>> {
    this.#isClosing = true;
    this.#endPause?.();
    const { write } = this.#takeBatch(await this.#subject);
    return async (tx) => {
      if (this.#away !== undefined) throw this.#away.error;
      await write(tx);
    };
  }

  async #writeInTurn(): Promise<void> {
    try {
      const subject = await this.#subject;
      while (this.#waiting.length > 0 && !this.#isClosing && this.#failure === undefined) {
        await this.#writeWhenItCan(this.#takeBatch(subject));
        await this.#gather();
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#away = undefined;
      this.#writing = undefined;
    }
  }

  /** Once, although nobody may know whether it was written when the connection was lost. */
  async #writeWhenItCan(batch: Batch): Promise<void> {
    const { database, isOver } = this.#parts;
    let work = this.#tellingFailure(batch.write);
    const attempt = async (): Promise<void> => {
      try {
        await database.write(work);
        this.#away = undefined;
      } catch (error) {
        this.#away = { error };
        this.#failure = undefined;
        work = batch.writeUnlessThere;
        throw error;
      }
    };
    await patiently(AWAY_MS, attempt, isOver);
  }

  /** The rest may be in the same transaction, and must not be kept without what comes before it. */
  #tellingFailure(write: Batch['write']): Batch['write'] {
    return async (tx) => {
      try {
        await write(tx);
      } catch (error) {
        this.#failure = { error };
        throw error;
      }
    };
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

  #takeBatch(subject: TurnSubject): Batch {
    const batch = this.#waiting;
    const start = this.#offset;
    this.#waiting = [];
    this.#offset += batch.reduce((sum, entry) => sum + lengthOf(entry), 0);
    const write = async (tx: Transaction): Promise<void> => {
      if (this.#failure !== undefined) throw this.#failure.error;
      await this.#write(tx, subject, batch, start);
    };
    const writeUnlessThere = async (tx: Transaction): Promise<void> => {
      if (!(await turnStore.hasOutputFrom(tx, subject.turnId, start))) await write(tx);
    };
    return { write, writeUnlessThere };
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
