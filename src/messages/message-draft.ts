import { actingKey } from '../lib/acting-key.js';
import type { NewMessage } from './message-schema.js';
import type { NewMessageRow } from './message-store.js';
import type { Recipient } from './recipients.js';

const DEFAULT_PRIORITY = 5;
const DEFAULT_ATTEMPTS = 3;

export interface Draft {
  readonly row: NewMessageRow;
  readonly recipients: readonly Recipient[];
  /** Not before this instant. */
  readonly availableAt: number;
  /** An open request waits for the reply until then. */
  readonly awaitedUntil?: number;
  /** Whose request it is. */
  readonly keyId: string | null;
  /** Its sender wants a task that follows all of its deliveries. */
  readonly isTracked: boolean;
}

/** The rows of a message to come. `to` of a message to a capability is the module that was chosen. */
export const draftOf = (message: NewMessage, sender: string, recipients: readonly Recipient[], now: number): Draft => {
  const availableAt = now + Math.round((message.delaySeconds ?? 0) * 1000);
  const isDirect = message.channel === undefined && message.broadcast !== true;
  return {
    recipients,
    availableAt,
    keyId: actingKey(),
    isTracked: message.track === true,
    row: {
      type: message.type ?? 'message',
      sender,
      recipient: isDirect ? (recipients[0]?.module ?? null) : null,
      capability: message.capability ?? null,
      channel: message.channel ?? null,
      is_broadcast: message.broadcast === true ? 1 : 0,
      priority: message.priority ?? DEFAULT_PRIORITY,
      payload: message.payload === undefined ? '{}' : JSON.stringify(message.payload),
      correlation_id: message.correlationId ?? null,
      conversation_id: message.conversationId ?? null,
      ordering_key: message.orderingKey ?? message.conversationId ?? null,
      reply_to: null,
      headers: message.headers === undefined ? null : JSON.stringify(message.headers),
      signature: message.signature ?? null,
      max_attempts: message.maxAttempts ?? DEFAULT_ATTEMPTS,
      created_at: now,
      expires_at: message.ttlSeconds === undefined ? null : Math.round(now + message.ttlSeconds * 1000),
    },
  };
};
