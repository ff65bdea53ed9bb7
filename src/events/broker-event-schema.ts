import Type from 'typebox';
import { describeEvent, Instant, Problem } from './event-description-schema.js';

const channel = Type.String();
const delivery = ['module?', 'messageId', 'deliveryId'] as const;
const ending = { attempt: Type.Integer(), error: Problem };

/** Of channels, messages and deliveries. */
export const brokerEvents = {
  'channel.configured': describeEvent('Its settings were replaced.', [], {
    channel,
    fair: Type.Optional(Type.Boolean()),
    limits: Type.Optional(Type.Object({ maxPending: Type.Optional(Type.Integer()) })),
  }),
  'channel.subscribed': describeEvent('A module subscribed to it.', ['module'], {
    channel,
    delivered: Type.Integer({ description: 'earlier broadcasts that it was given' }),
  }),
  'channel.unsubscribed': describeEvent('A module is subscribed to it no more.', ['module'], { channel }),
  'channel.replayed': describeEvent('Its history was delivered to a module again.', ['module'], {
    channel,
    replayed: Type.Integer(),
  }),
  'message.sent': describeEvent(
    'A message was accepted. `module` is its recipient, or its sender where it is for a channel or for all; the filter `module` finds it for both.',
    ['module', 'conversationId?', 'messageId'],
    {
      type: Type.String(),
      from: Type.String(),
      to: Type.Optional(Type.String()),
      channel: Type.Optional(channel),
      capability: Type.Optional(Type.String()),
      replyTo: Type.Optional(Type.String({ description: '`msg_48213`' })),
      priority: Type.Integer(),
      deliveries: Type.Integer({ description: 'how many it has' }),
    },
  ),
  'message.cancelled': describeEvent('What was open of it was cancelled.', ['module', 'messageId'], {
    deliveries: Type.Integer(),
  }),
  'delivery.claimed': describeEvent(
    'A module leased deliveries: one, which `subject` names, or several.',
    ['module', 'messageId?', 'deliveryId?'],
    {
      deliveries: Type.Array(Type.String()),
      leaseExpiresAt: Instant,
      waitedMs: Type.Integer({ description: 'since it was sent; of several the longest' }),
    },
  ),
  'delivery.completed': describeEvent('Its holder says that the work is done.', delivery, {
    attempt: Type.Integer(),
    tookMs: Type.Integer({ description: 'since it was claimed' }),
  }),
  'delivery.retried': describeEvent('An attempt failed, or its lease ran out; it stands in line again.', delivery, {
    ...ending,
    outcome: Type.String({ description: '`failed` or `lease_expired`' }),
    availableAt: Instant,
  }),
  'delivery.released': describeEvent('Its holder gave it back untried.', delivery, { availableAt: Instant }),
  'delivery.died': describeEvent(
    'It is a dead letter: no attempt is left, or the last one was final.',
    delivery,
    ending,
  ),
  'delivery.expired': describeEvent("Its message's time to live was over.", delivery, ending),
  'delivery.cancelled': describeEvent('It was cancelled.', delivery, ending),
  'delivery.redriven': describeEvent('A dead letter stands in line again.', delivery, {
    attempts: Type.Integer({ description: 'that it had before' }),
  }),
  'delivery.deleted': describeEvent('A dead letter was deleted.', delivery, { attempts: Type.Integer() }),
};
