import type { ClaimedDelivery } from '../messages/message-json.js';
import type { Module } from '../modules/module.js';
import type { TurnSubject } from './turn-output.js';

/** What a turn is about: the delivery, its agent, and what was asked. */
export interface TurnContext {
  readonly claimed: ClaimedDelivery;
  readonly module: Module;
  readonly conversationId: string;
  readonly payload: unknown;
}

const OF_DELIVERY = 'delivery:';

/** A message of a channel belongs to no conversation: each of its deliveries is one of its own. */
export const conversationIdOf = ({ message, deliveryId }: ClaimedDelivery): string =>
  message.conversation_id ?? `${OF_DELIVERY}${deliveryId}`;

export const isOfOneDelivery = (conversationId: string): boolean => conversationId.startsWith(OF_DELIVERY);

export const contextOf = (claimed: ClaimedDelivery, module: Module): TurnContext => ({
  claimed,
  module,
  conversationId: conversationIdOf(claimed),
  payload: JSON.parse(claimed.message.payload),
});

export const subjectOf = ({ claimed, module, conversationId }: TurnContext, turnId: number): TurnSubject => ({
  turnId,
  messageId: claimed.message.id,
  deliveryId: claimed.deliveryId,
  module: module.name,
  conversationId,
});
