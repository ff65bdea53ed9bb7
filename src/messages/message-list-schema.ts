import Type from 'typebox';
import { DeliveryState } from './message-schema.js';
import type { MessageFilter } from './message-types.js';

/** What a list of messages can be narrowed by. */
export const listFields = {
  from: Type.Optional(Type.String()),
  to: Type.Optional(Type.String()),
  channel: Type.Optional(Type.String()),
  type: Type.Optional(Type.String()),
  state: Type.Optional(DeliveryState),
  correlationId: Type.Optional(Type.String()),
  conversationId: Type.Optional(Type.String()),
  after: Type.Optional(Type.String({ format: 'date-time', description: 'Sent later than this' })),
  before: Type.Optional(Type.String({ format: 'date-time', description: 'Sent earlier than this' })),
  q: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Words in the payload' })),
  include: Type.Optional(Type.Literal('deliveries', { description: 'Each with its deliveries' })),
};

export interface ListRequest {
  Querystring: Omit<MessageFilter, 'after' | 'before' | 'below'> & {
    after?: string;
    before?: string;
    include?: 'deliveries';
    limit: number;
    cursor?: string;
  };
}

export const instants = (after: string | undefined, before: string | undefined) => ({
  ...(after === undefined ? {} : { after: Date.parse(after) }),
  ...(before === undefined ? {} : { before: Date.parse(before) }),
});
