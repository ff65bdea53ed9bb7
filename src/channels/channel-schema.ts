import Type, { type Static } from 'typebox';
import { NAME_PATTERN } from '../lib/names.js';

export const ChannelName = Type.String({ pattern: NAME_PATTERN, examples: ['general'] });

export const ChannelSettings = Type.Object(
  {
    fair: Type.Optional(
      Type.Boolean({
        description: 'Senders take turns within a priority, so that a busy one does not hold up the others',
      }),
    ),
    limits: Type.Optional(
      Type.Object(
        { maxPending: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000 })) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false, title: 'ChannelSettings', examples: [{ fair: true, limits: { maxPending: 10_000 } }] },
);
export type ChannelSettings = Static<typeof ChannelSettings>;

export const ChannelView = Type.Object(
  {
    name: Type.String(),
    ...ChannelSettings.properties,
    subscribers: Type.Array(Type.String()),
    depth: Type.Integer({ description: 'Messages that wait for a subscriber to claim them' }),
    leased: Type.Integer(),
    oldestAgeSeconds: Type.Union([Type.Number(), Type.Null()], {
      description: 'How long the oldest of them has waited',
    }),
  },
  { title: 'Channel' },
);
export type ChannelView = Static<typeof ChannelView>;

export const SubscriptionView = Type.Object(
  {
    channel: Type.String(),
    module: Type.String(),
    delivered: Type.Integer({
      description: 'Broadcasts that were still alive and were delivered to the new subscriber',
    }),
  },
  { title: 'Subscription' },
);
