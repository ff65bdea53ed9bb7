import type { Transaction } from '../db/statement.js';
import { HubError } from '../lib/errors.js';
import type { ModuleDirectory } from '../modules/module-directory.js';
import { messageStore } from './message-store.js';
import type { MessageWriter, Sent } from './message-writer.js';

export interface ReplyContent {
  readonly from: string;
  readonly payload: unknown;
  readonly type?: string | undefined;
  readonly now: number;
}

/** A reply is a message to the sender of another, in its correlation and conversation. */
export class ReplyWriter {
  readonly #writer: MessageWriter;
  readonly #modules: ModuleDirectory;

  constructor(writer: MessageWriter, modules: ModuleDirectory) {
    this.#writer = writer;
    this.#modules = modules;
  }

  /** A sender that is gone gets no delivery; the reply is kept with the message all the same. @throws message_not_found */
  async write(tx: Transaction, requestId: number, { from, payload, type, now }: ReplyContent): Promise<Sent> {
    const request = await messageStore.find(tx, requestId);
    if (request === undefined) throw new HubError('message_not_found', `There is no message msg_${requestId}.`);
    const isThere = this.#modules.find(request.sender) !== undefined;
    const row = {
      type: type ?? `${request.type}.response`,
      sender: from,
      recipient: request.sender,
      capability: null,
      channel: null,
      is_broadcast: 0,
      priority: request.priority,
      payload: JSON.stringify(payload),
      correlation_id: request.correlation_id ?? `msg_${request.id}`,
      conversation_id: request.conversation_id,
      ordering_key: request.conversation_id,
      reply_to: request.id,
      headers: request.headers,
      signature: null,
      max_attempts: 3,
      created_at: now,
      expires_at: null,
    };
    const recipients = isThere ? [{ queue: request.sender, module: request.sender }] : [];
    return await this.#writer.write(tx, { row, recipients, availableAt: now });
  }
}
