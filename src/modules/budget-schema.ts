import Type from 'typebox';

const closed = { additionalProperties: false } as const;

const BudgetLimits = (period: string) =>
  Type.Object(
    {
      turns: Type.Optional(Type.Integer({ minimum: 0, description: 'Turns that may begin' })),
      tokens: Type.Optional(Type.Integer({ minimum: 0, description: 'Tokens of every kind' })),
      usd: Type.Optional(Type.Number({ minimum: 0, description: 'Dollars' })),
    },
    { ...closed, description: `What it may spend in ${period} of UTC` },
  );

/** Checked before each turn: the one that passes a limit of tokens or dollars is let end. */
export const Budget = Type.Object(
  {
    hour: Type.Optional(BudgetLimits('an hour')),
    day: Type.Optional(BudgetLimits('a day')),
    onExceeded: Type.Optional(
      Type.Union([Type.Literal('wait'), Type.Literal('fail')], {
        description:
          'What becomes of messages when it is spent: they wait for the next hour or day (the default), or fail',
      }),
    ),
  },
  { ...closed, title: 'Budget', description: 'Only for agents', examples: [{ day: { usd: 5 }, hour: { turns: 20 } }] },
);
