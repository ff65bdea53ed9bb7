import Type, { type Static } from 'typebox';
import { turnStates } from './turn-state.js';

const Instant = Type.String({ format: 'date-time' });
const Id = (example: string) => Type.String({ examples: [example] });
export const TurnState = Type.Enum([...turnStates]);

const ToolCall = Type.Object({
  toolUseId: Type.String(),
  name: Type.String(),
  input: Type.Unknown(),
  isError: Type.Optional(Type.Boolean()),
  result: Type.Optional(Type.String()),
});

const turnFields = {
  id: Id('turn_97'),
  module: Type.String(),
  messageId: Id('msg_48213'),
  deliveryId: Id('dlv_48220'),
  instanceId: Type.Optional(Id('inst_5')),
  conversationId: Type.String(),
  attempt: Type.Integer(),
  state: TurnState,
  startedAt: Type.Optional(Instant),
  endedAt: Type.Optional(Instant),
  queueMs: Type.Optional(Type.Integer({ description: 'From the send to the start of the turn' })),
  firstTokenMs: Type.Optional(Type.Integer({ description: 'From the start of the turn to the first output' })),
  totalMs: Type.Optional(Type.Integer({ description: 'From the start of the turn to its end' })),
  inputTokens: Type.Integer(),
  outputTokens: Type.Integer(),
  costUsd: Type.Optional(
    Type.Number({
      description:
        'Absent where it is not known: the turn said something, or its hub was killed, before it told what that cost',
    }),
  ),
  stopReason: Type.Optional(Type.String()),
  error: Type.Optional(
    Type.Object({
      code: Type.String(),
      message: Type.String(),
      errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() }))),
    }),
  ),
};

export const TurnView = Type.Object(turnFields, { title: 'Turn' });
export type TurnView = Static<typeof TurnView>;
export const TurnDetails = Type.Object({ ...turnFields, toolCalls: Type.Array(ToolCall) }, { title: 'TurnDetails' });
export type ToolCall = Static<typeof ToolCall>;

export const OutputPiece = Type.Object({
  kind: Type.Union([
    Type.Literal('text'),
    Type.Literal('thinking'),
    Type.Literal('tool_use'),
    Type.Literal('tool_result'),
  ]),
  offset: Type.Integer({ description: 'Characters of this turn before this piece' }),
  text: Type.String({ description: 'Of a tool_use or tool_result: JSON' }),
});
export const TurnOutputView = Type.Object(
  {
    turnId: Id('turn_97'),
    state: TurnState,
    text: Type.String({ description: 'The words of the agent, without its thinking and its tools' }),
    pieces: Type.Array(OutputPiece),
    nextOffset: Type.Integer({ description: 'Where to go on: ?after=' }),
  },
  { title: 'TurnOutput' },
);
