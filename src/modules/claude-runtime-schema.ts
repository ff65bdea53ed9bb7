import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;

const seconds = (description: string) =>
  Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 2_592_000, description }));

/** How many processes are kept, and for how long. */
const poolSettings = {
  prewarm: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 16,
      description: 'Spare processes kept ready for new conversations, while there are places (default 0)',
    }),
  ),
  idleSeconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 604_800, description: 'How long an unused process is kept (default 900)' }),
  ),
  recycleAfterTurns: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Most turns of one process; its session goes on' }),
  ),
  recycleAfterSeconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 2_592_000, description: 'Longest that one process lives, turns aside' }),
  ),
  memoryLimitMb: Type.Optional(
    Type.Integer({
      minimum: 32,
      maximum: 1_048_576,
      description: 'A process that holds more, with all below it, is ended when its turn is over',
    }),
  ),
  profile: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'The one of GRANGER_CLAUDE_PROFILES that it uses' }),
  ),
  phaseSeconds: Type.Optional(
    Type.Object(
      {
        spawning: seconds('From the request until its process answers (default 60)'),
        firstToken: seconds('Until the model says its first word (default 300)'),
        streaming: seconds('Between two words (default 120)'),
        tool: seconds('While a tool runs (default 1800)'),
        apiRetry: seconds('Beyond what the API asked to wait (default 60)'),
        approval: seconds('While a person is asked (default a week; the question has a time of its own)'),
        compacting: seconds('While the context is compacted (default 300)'),
      },
      {
        additionalProperties: false,
        description:
          'Longest that a process may be silent in each phase of a turn; then the turn is ended and run again',
      },
    ),
  ),
};

export const ClaudeRuntime = Type.Object(
  {
    type: Type.Literal('claude'),
    model: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    fallbackModel: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    conversation: Type.Optional(
      Type.Union([Type.Literal('sender'), Type.Literal('message')], {
        description: 'One conversation per sender (the default), or a new one per message',
      }),
    ),
    cwd: Type.Optional(
      Type.String({ description: 'Working folder of the agent; by default one of its own below the data folder' }),
    ),
    addDirs: Type.Optional(Type.Array(Type.String(), { maxItems: 20 })),
    allowedTools: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100 })),
    disallowedTools: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: 100 })),
    permissionMode: Type.Optional(
      Type.Union([
        Type.Literal('default'),
        Type.Literal('acceptEdits'),
        Type.Literal('plan'),
        Type.Literal('bypassPermissions'),
      ]),
    ),
    maxTurns: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Most model calls in one turn' })),
    maxBudgetUsd: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Most dollars that one process may spend' }),
    ),
    timeoutSeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 86_400, description: 'Longest a turn may run (default 600)' }),
    ),
    ...poolSettings,
  },
  { ...closed, title: 'ClaudeRuntime' },
);
export type ClaudeSettings = Static<typeof ClaudeRuntime>;
