import type { Transaction } from '../db/statement.js';
import type { MessageRow } from '../db/tables.js';
import type { SentDelivery } from './message-json.js';
import type { DeliveryError } from './message-schema.js';

/** What became of a delivery that a task follows. */
export type FollowedMove =
  | { readonly kind: 'claimed'; readonly module: string; readonly now: number }
  | { readonly kind: 'done' | 'released' | 'redriven'; readonly now: number }
  | {
      readonly kind: 'retried' | 'dead' | 'expired' | 'cancelled';
      readonly error: DeliveryError;
      readonly now: number;
    };

/** How many of the deliveries that a task follows are in which state. */
export type Tally = Readonly<Record<string, number>>;

/** The tasks of messages, which this folder cannot see: moved in the transaction that moves the delivery. */
export interface MessageTracking {
  /** Whether what is sent to this module is followed although nobody asked for it. */
  isFollowed(module: string): boolean;
  /** Makes the task of a message that follows these deliveries. @returns its key */
  begin(tx: Transaction, message: MessageRow, deliveries: readonly SentDelivery[]): Promise<number>;
  moved(tx: Transaction, task: number, move: FollowedMove, tally: () => Promise<Tally>): Promise<void>;
}
