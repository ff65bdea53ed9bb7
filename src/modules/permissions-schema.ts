import Type from 'typebox';

const toolRules = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { maxItems: 200, description });

export const Permissions = Type.Object(
  {
    allow: Type.Optional(toolRules('Tools that it may use without asking')),
    deny: Type.Optional(toolRules('Tools that it may never use, whatever else is said')),
    ask: Type.Optional(
      toolRules('Tools that a person decides about, even where `allow` or Claude Code would let them pass'),
    ),
    timeoutSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 604_800,
        description: 'How long a question waits before it is denied (default GRANGER_APPROVAL_SECONDS)',
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'Permissions',
    description:
      'Answers an agent that asks whether it may use a tool. A rule is a tool, or a tool and a pattern: `Read`, `Bash(git *)`, `Edit(src/**)`, `WebFetch(domain:example.com)`, `mcp__hub__*`. What no rule answers is an approval for a person',
    examples: [{ allow: ['Read', 'Bash(git *)'], deny: ['Bash(git push *)'], ask: ['Edit(/etc/**)'] }],
  },
);
