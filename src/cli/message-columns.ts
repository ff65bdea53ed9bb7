import type { ClaimedDelivery, Delivery, DeliveryError, Message } from '../client/hub-types.js';
import { ageText } from './age.js';
import type { Colors } from './colors.js';
import type { Column } from './table.js';

/** What `/v1/dead-letters` lists. */
export interface DeadLetter {
  readonly delivery: Delivery;
  readonly message: Message;
  readonly attempts: readonly { readonly attempt: number; readonly outcome: string; readonly error?: DeliveryError }[];
}

const recipientOf = ({ to, channel, capability, broadcast }: Message): string | undefined => {
  if (channel !== undefined) return `#${channel}`;
  return to ?? capability ?? (broadcast === true ? 'everybody' : undefined);
};

export const messageColumns: readonly Column<Message>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'AGE', of: ({ createdAt }) => ageText(createdAt), isRight: true },
  { head: 'FROM', of: ({ from }) => from },
  { head: 'TO', of: recipientOf },
  { head: 'TYPE', of: ({ type }) => type },
  { head: 'PAYLOAD', of: ({ payload }) => JSON.stringify(payload), isWide: true },
];

const stateColors: Readonly<Partial<Record<Delivery['state'], keyof Colors>>> = {
  done: 'green',
  leased: 'cyan',
  dead: 'red',
  expired: 'yellow',
  cancelled: 'yellow',
};

export const deliveryColumns: readonly Column<Delivery>[] = [
  { head: 'DELIVERY', of: ({ id }) => id },
  { head: 'FOR', of: ({ module, channel }) => module ?? (channel === undefined ? undefined : `#${channel}`) },
  { head: 'STATE', of: ({ state }) => state, color: ({ state }) => stateColors[state] },
  { head: 'ATTEMPT', of: ({ attempt, maxAttempts }) => `${attempt ?? 0}/${maxAttempts ?? '?'}`, isRight: true },
  { head: 'ERROR', of: ({ error }) => error && `${error.code}: ${error.message}`, isWide: true },
];

export const claimColumns: readonly Column<ClaimedDelivery>[] = [
  { head: 'DELIVERY', of: ({ delivery }) => delivery.id },
  { head: 'LEASE', of: ({ delivery }) => delivery.lease },
  { head: 'UNTIL', of: ({ delivery }) => delivery.leaseExpiresAt },
  { head: 'FROM', of: ({ message }) => message.from },
  { head: 'TYPE', of: ({ message }) => message.type },
  { head: 'PAYLOAD', of: ({ message }) => JSON.stringify(message.payload), isWide: true },
];

export const deadLetterColumns: readonly Column<DeadLetter>[] = [
  { head: 'DELIVERY', of: ({ delivery }) => delivery.id },
  { head: 'DIED', of: ({ delivery }) => ageText(delivery.settledAt), isRight: true },
  { head: 'FOR', of: ({ delivery: { module, channel } }) => module ?? channel },
  { head: 'TYPE', of: ({ message }) => message.type },
  { head: 'ATTEMPTS', of: ({ attempts }) => attempts.length, isRight: true },
  {
    head: 'ERROR',
    of: ({ delivery, attempts }) => {
      const error = delivery.error ?? attempts.at(-1)?.error;
      return error && `${error.code}: ${error.message}`;
    },
    isWide: true,
  },
];
