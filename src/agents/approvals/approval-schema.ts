import Type, { type Static } from 'typebox';
import { approvalStates } from './approval-state.js';

const Instant = Type.String({ format: 'date-time' });
const Id = (example: string) => Type.String({ examples: [example] });
const Input = Type.Object({}, { additionalProperties: true });

export const ApprovalState = Type.Enum([...approvalStates]);
export const Decision = Type.Union([Type.Literal('allow'), Type.Literal('deny')]);
const Remember = Type.Union([Type.Literal('turn'), Type.Literal('conversation')]);

export const ApprovalView = Type.Object(
  {
    id: Id('apr_12'),
    state: ApprovalState,
    module: Type.String({ description: 'The agent that asks' }),
    conversationId: Type.String(),
    turnId: Id('turn_97'),
    messageId: Id('msg_48213'),
    deliveryId: Id('dlv_48220'),
    toolName: Type.String({ examples: ['Bash'] }),
    toolUseId: Type.String({ description: "As in the turn's tool calls" }),
    input: Input,
    description: Type.Optional(Type.String({ description: 'What the tool would do, in a line' })),
    remembers: Type.Object(
      {
        toolName: Type.String(),
        target: Type.Optional(Type.String({ description: 'Only for this command, path or domain' })),
      },
      { description: 'What `remember` would answer from then on' },
    ),
    requestedAt: Instant,
    expiresAt: Type.Optional({ ...Instant, description: 'Denied when nobody has decided by then' }),
    decidedAt: Type.Optional(Instant),
    decision: Type.Optional(Decision),
    decidedBy: Type.Optional(
      Type.String({
        description:
          'The key of a person; `policy` for a rule of the descriptor; an earlier approval that was remembered',
        examples: ['key_3'],
      }),
    ),
    message: Type.Optional(Type.String()),
    updatedInput: Type.Optional(Input),
    remember: Type.Optional(Remember),
  },
  { title: 'Approval' },
);
export type ApprovalView = Static<typeof ApprovalView>;

export const ApprovalDecision = Type.Object(
  {
    decision: Decision,
    message: Type.Optional(
      Type.String({ maxLength: 4096, description: 'Told to the agent when it is denied; kept in any case' }),
    ),
    updatedInput: Type.Optional({ ...Input, description: 'What the tool is to be run with instead; only with allow' }),
    remember: Type.Optional({
      ...Remember,
      description: 'Answers the same question again, in this turn or in this conversation: see `remembers`',
    }),
  },
  {
    additionalProperties: false,
    title: 'ApprovalDecision',
    examples: [
      { decision: 'allow', remember: 'turn' },
      { decision: 'deny', message: 'Not on a Friday' },
    ],
  },
);
export type ApprovalDecision = Static<typeof ApprovalDecision>;
