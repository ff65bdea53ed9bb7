import Type, { type Static } from 'typebox';
import { NAME_PATTERN } from '../lib/names.js';
import { conversationStates } from './conversation-state.js';

const closed = { additionalProperties: false } as const;
const Instant = Type.String({ format: 'date-time' });
const Title = Type.String({ minLength: 1, maxLength: 256 });
const OwnId = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$',
  description: 'An id of your own, such as order-42; without it the hub gives one',
});
const Participants = Type.Array(Type.String({ pattern: NAME_PATTERN }), {
  maxItems: 100,
  description: 'Names of modules; who sends or receives a message takes part besides',
});

export const ConversationId = Type.String({ examples: ['conv_12'] });
export const ConversationState = Type.Enum([...conversationStates]);

export const NewConversation = Type.Object(
  { id: Type.Optional(OwnId), title: Type.Optional(Title), participants: Type.Optional(Participants) },
  { ...closed, title: 'NewConversation', examples: [{ title: 'Prices of 2027', participants: ['Web', 'Analyst'] }] },
);
export type NewConversation = Static<typeof NewConversation>;

export const ConversationPatch = Type.Object(
  {
    title: Type.Optional(Type.Union([Title, Type.Null()], { description: 'null takes it away' })),
    state: Type.Optional(ConversationState),
    participants: Type.Optional(Participants),
  },
  { ...closed, title: 'ConversationPatch', examples: [{ title: 'Prices of 2027', state: 'archived' }] },
);
export type ConversationPatch = Static<typeof ConversationPatch>;

export const ForkRequest = Type.Object(
  {
    id: Type.Optional(OwnId),
    title: Type.Optional(Title),
    through: Type.Optional(
      Type.String({ examples: ['msg_48213'], description: 'The last message that both share; the newest unless said' }),
    ),
  },
  { ...closed, title: 'ForkRequest', examples: [{ title: 'What if we sold in May', through: 'msg_48213' }] },
);
export type ForkRequest = Static<typeof ForkRequest>;

export const ConversationView = Type.Object(
  {
    id: ConversationId,
    title: Type.Optional(Type.String()),
    state: ConversationState,
    participants: Type.Array(Type.String()),
    default: Type.Optional(
      Type.Object(
        { sender: Type.String(), agent: Type.String() },
        { description: 'What this sender sends to this agent without naming a conversation comes here' },
      ),
    ),
    forkedFrom: Type.Optional(
      Type.Object({
        conversationId: Type.String(),
        through: Type.Optional(Type.String({ description: 'The last message that both share' })),
      }),
    ),
    messageCount: Type.Integer({ description: 'Messages of its own that are kept' }),
    lastMessageAt: Type.Optional(Instant),
    createdAt: Instant,
    updatedAt: Instant,
    match: Type.Optional(
      Type.Object(
        { messageId: Type.String(), text: Type.String() },
        { description: 'In a search: the newest message that has the words, and the place where' },
      ),
    ),
  },
  { title: 'Conversation' },
);
export type ConversationView = Static<typeof ConversationView>;

export const ConversationQuery = {
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description:
        'Words, or beginnings of words, that one message (or the title) all has; case and accents do not matter',
    }),
  ),
  module: Type.Optional(Type.String({ description: 'Those in which it takes part' })),
  state: Type.Optional(ConversationState),
};
export interface ConversationQuery {
  readonly q?: string;
  readonly module?: string;
  readonly state?: string;
}

export const exportFormats = ['json', 'jsonl', 'markdown'] as const;
export type ExportFormat = (typeof exportFormats)[number];
