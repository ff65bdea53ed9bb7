import type { NewEvent } from '../events/event-types.js';
import { toRfc3339 } from '../lib/clock.js';
import type { DueRow } from './delivery-store.js';

/** One event for all that were claimed at once; it is about a delivery where that is the only one. */
export const claimedEvent = (
  due: readonly DueRow[],
  { module, now, until }: { module: string; now: number; until: number },
): NewEvent => {
  const only = due.length === 1 ? due[0] : undefined;
  return {
    type: 'delivery.claimed',
    at: now,
    module,
    messageId: only?.id ?? null,
    deliveryId: only?.delivery_id ?? null,
    data: {
      deliveries: due.map((row) => `dlv_${row.delivery_id}`),
      leaseExpiresAt: toRfc3339(until),
      waitedMs: due.reduce((most, row) => Math.max(most, now - row.created_at), 0),
    },
  };
};
