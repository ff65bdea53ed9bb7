import type { Database } from '../db/database.js';
import type { Transaction } from '../db/statement.js';
import { keepActing } from '../lib/acting-key.js';
import type { Clock } from '../lib/clock.js';
import type { HubError } from '../lib/errors.js';
import { type KeptAnswer, keepAnswer, keptAnswer, type RequestKey } from './idempotency.js';
import { sentMessageJson } from './message-json.js';
import type { NewMessage } from './message-schema.js';
import type { MessageSender, PreparedSend, SentBy } from './message-sender.js';
import type { Sent } from './message-writer.js';

/** Sends whose request may come again: the same key and body gets the first answer, and sends nothing. */
export class IdempotentSend {
  readonly #parts: { readonly database: Database; readonly sender: MessageSender; readonly clock: Clock };
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(parts: { readonly database: Database; readonly sender: MessageSender; readonly clock: Clock }) {
    this.#parts = parts;
  }

  /** @throws idempotency_mismatch, and what MessageSender.prepare throws */
  async send(key: RequestKey, message: NewMessage, { sender, waitMs }: SentBy): Promise<KeptAnswer> {
    return await this.#once(
      key,
      () => this.#parts.sender.prepare(message, sender, waitMs),
      (sent) => ({
        answer: sentMessageJson(sent),
        messageId: sent.message.id,
      }),
    );
  }

  async sendAll(
    key: RequestKey,
    messages: readonly (NewMessage | HubError)[],
    {
      senderOf,
      answerOf,
    }: { senderOf: (message: NewMessage) => string; answerOf: (outcomes: readonly (Sent | HubError)[]) => string },
  ): Promise<KeptAnswer> {
    return await this.#once(
      key,
      () => this.#parts.sender.prepareAll(messages, senderOf),
      (outcomes) => ({ answer: answerOf(outcomes), messageId: null }),
    );
  }

  /** One after the other for a key: a twin takes no room and no turn of its own while the first may still succeed. */
  async #once<T>(
    key: RequestKey,
    prepare: () => PreparedSend<T>,
    answerOf: (outcome: T) => KeptAnswer,
  ): Promise<KeptAnswer> {
    const acting = keepActing();
    const name = `${key.owner} ${key.key}`;
    for (let first = this.#underWay.get(name); first !== undefined; first = this.#underWay.get(name)) await first;
    const answering = acting(() => this.#answer(key, prepare, answerOf));
    const forget = (): unknown => this.#underWay.delete(name);
    this.#underWay.set(name, answering.then(forget, forget));
    return await answering;
  }

  async #answer<T>(
    key: RequestKey,
    prepare: () => PreparedSend<T>,
    answerOf: (outcome: T) => KeptAnswer,
  ): Promise<KeptAnswer> {
    const { database, clock } = this.#parts;
    const acting = keepActing();
    const known = await keptAnswer(database.read, key, clock.now());
    if (known !== undefined) {
      await database.durable();
      return known;
    }
    const prepared = acting(prepare);
    const sendOnce = async (tx: Transaction): Promise<KeptAnswer> => {
      const kept = await keptAnswer(tx, key, clock.now());
      if (kept !== undefined) return kept;
      const answer = answerOf(await prepared.write(tx));
      await keepAnswer(tx, key, { ...answer, now: clock.now() });
      return answer;
    };
    return await acting(() => database.write(sendOnce)).finally(() => prepared.end());
  }
}
