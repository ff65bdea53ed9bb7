import type { HubError } from '../lib/errors.js';
import { CoalescedRun } from './coalesced-run.js';
import type { NewMessage } from './message-schema.js';
import type { Sent } from './message-writer.js';
import { MOST_IN_BATCH } from './send-body.js';

export type SendOutcome = Sent | HubError;

interface WaitingSend {
  readonly messages: readonly (NewMessage | HubError)[];
  resolve(outcomes: readonly SendOutcome[]): void;
  reject(error: unknown): void;
}

/** Sends that are accepted in the order in which they are asked for: those that come while a transaction is under way share the next. */
export class OrderedSends {
  readonly #sendAll: (messages: readonly (NewMessage | HubError)[]) => Promise<readonly SendOutcome[]>;
  readonly #waiting: WaitingSend[] = [];
  readonly #rounds = new CoalescedRun(() => this.#sendTogether());

  constructor(sendAll: (messages: readonly (NewMessage | HubError)[]) => Promise<readonly SendOutcome[]>) {
    this.#sendAll = sendAll;
  }

  send(messages: readonly (NewMessage | HubError)[]): Promise<readonly SendOutcome[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ messages, resolve, reject });
      this.#rounds.ask();
    });
  }

  async #sendTogether(): Promise<void> {
    const together = this.#next();
    try {
      const outcomes = await this.#sendAll(together.flatMap(({ messages }) => messages));
      let start = 0;
      for (const { messages, resolve } of together) {
        resolve(outcomes.slice(start, start + messages.length));
        start += messages.length;
      }
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
    if (this.#waiting.length > 0) this.#rounds.ask();
  }

  /** The first, and those behind it while the transaction stays of the size of one batch. */
  #next(): WaitingSend[] {
    let size = 0;
    const end = this.#waiting.findIndex(({ messages }, index) => {
      size += messages.length;
      return index > 0 && size > MOST_IN_BATCH;
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }
}
