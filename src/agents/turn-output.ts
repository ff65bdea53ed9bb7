import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import type { EventStore } from '../events/event-store.js';
import type { Clock } from '../lib/clock.js';
import type { TurnOutput } from './drivers/agent-driver.js';
import { turnStore } from './turn-store.js';

export type OutputKind = 'text' | 'thinking' | 'tool_use' | 'tool_result';

interface Piece {
  readonly kind: OutputKind;
  text: string;
}

export interface TurnSubject {
  readonly turnId: number;
  readonly messageId: number;
  readonly deliveryId: number;
  readonly module: string;
  readonly conversationId: string;
}

/** Longest text of one piece, in characters: an event with it still is a small frame. */
const PIECE_CHARACTERS = 32 * 1024;

/**
 * Keeps what an agent says while it says it: as events for who watches, as rows for who comes late. What arrives while a write is under
 * way goes with the next one, so a fast talker costs no more commits than the disk can do.
 */
export class TurnOutputLog {
  firstTokenAt: number | undefined;
  readonly #subject: TurnSubject;
  readonly #parts: { database: Database; events: EventStore; clock: Clock };
  #waiting: Piece[] = [];
  #offset = 0;
  #writing: Promise<void> | undefined;
  #failure: unknown;

  constructor(subject: TurnSubject, parts: { database: Database; events: EventStore; clock: Clock }) {
    this.#subject = subject;
    this.#parts = parts;
  }

  add(output: TurnOutput): void {
    const piece = pieceOf(output);
    if (piece === undefined) return;
    this.firstTokenAt ??= this.#parts.clock.now();
    const last = this.#waiting.at(-1);
    if (last?.kind === piece.kind && isRunning(piece.kind) && last.text.length < PIECE_CHARACTERS)
      last.text += piece.text;
    else this.#waiting.push(piece);
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all of it is durable. */
  async settle(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const pieces = this.#waiting;
        this.#waiting = [];
        const start = this.#offset;
        this.#offset += pieces.reduce((sum, piece) => sum + piece.text.length, 0);
        await this.#parts.database.write((tx) => this.#write(tx, pieces, start));
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#writing = undefined;
    }
  }

  async #write(tx: Transaction, pieces: readonly Piece[], start: number): Promise<void> {
    const { turnId, messageId, deliveryId, module, conversationId } = this.#subject;
    const at = this.#parts.clock.now();
    let offset = start;
    for (const { kind, text } of pieces) {
      await turnStore.insertOutput(tx, { turn_id: turnId, kind, offset, text, at });
      const data = { turnId: `turn_${turnId}`, messageId: `msg_${messageId}`, kind, offset, text };
      await this.#parts.events.append(tx, {
        type: 'turn.output',
        at,
        module,
        conversationId,
        messageId,
        deliveryId,
        turnId,
        data,
      });
      offset += text.length;
    }
  }
}

const isRunning = (kind: OutputKind): boolean => kind === 'text' || kind === 'thinking';

const pieceOf = (output: TurnOutput): Piece | undefined => {
  if (output.kind === 'text' || output.kind === 'thinking') return { kind: output.kind, text: output.text };
  if (output.kind === 'tool_use')
    return {
      kind: output.kind,
      text: JSON.stringify({ toolUseId: output.toolUseId, name: output.name, input: output.input }),
    };
  if (output.kind === 'tool_result')
    return {
      kind: output.kind,
      text: JSON.stringify({ toolUseId: output.toolUseId, isError: output.isError, text: output.text }),
    };
  return undefined;
};
