import type { ClaimedDelivery } from '../../src/messages/message-json.js';

type Message = ClaimedDelivery['message'];

/** A delivery as a claim gives it, with what a test wants to be different. */
export const claimedDelivery = (message: Partial<Message> = {}): ClaimedDelivery => ({
  deliveryId: 7,
  lease: 'the-lease',
  attempt: 1,
  maxAttempts: 3,
  leaseExpiresAt: Date.parse('2026-01-01T00:01:00Z'),
  isReplayed: false,
  message: {
    id: 5,
    type: 'task',
    sender: 'Producer',
    recipient: 'Worker',
    capability: null,
    channel: null,
    is_broadcast: 0,
    priority: 5,
    payload: '{"n":1}',
    correlation_id: null,
    conversation_id: null,
    ordering_key: null,
    reply_to: null,
    headers: null,
    signature: null,
    max_attempts: 3,
    created_at: Date.parse('2026-01-01T00:00:00Z'),
    expires_at: null,
    ...message,
  },
});
