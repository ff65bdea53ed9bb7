import Type, { type Static } from 'typebox';
import { NAME_PATTERN } from '../lib/names.js';

export const ChannelName = Type.String({ pattern: NAME_PATTERN, examples: ['general'] });

export const ChannelView = Type.Object(
  {
    name: Type.String(),
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
