import type { Transaction } from '../db/statement.js';
import { deliveryStore } from './delivery-store.js';
import { messageStore } from './message-store.js';
import type { MessageWriter } from './message-writer.js';

/** Most broadcasts that a new subscriber is given at once: the newest. */
const MOST_LATE = 1000;

export interface LateSubscriber {
  readonly channel: string;
  readonly module: string;
  readonly now: number;
}

/** What a channel still holds for a module that subscribes late. Oldest first, as the others got it. @returns how many */
export const deliverLate = async (
  writer: MessageWriter,
  tx: Transaction,
  { channel, module, now }: LateSubscriber,
): Promise<number> => {
  const broadcasts = await messageStore.liveBroadcasts(tx, channel, now, MOST_LATE);
  let delivered = 0;
  for (const message of broadcasts.reverse()) {
    if (message.sender === module) continue;
    const isKnown = (await deliveryStore.ofMessage(tx, message.id)).some((delivery) => delivery.module === module);
    if (isKnown) continue;
    await writer.deliver(tx, message, { queue: module, module }, message.created_at);
    delivered++;
  }
  return delivered;
};
