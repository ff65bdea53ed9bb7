import Type, { type Static } from 'typebox';
import { NAME_PATTERN } from '../../lib/names.js';

const closed = { additionalProperties: false } as const;
const PartName = Type.String({ pattern: '^[a-z][A-Za-z0-9_-]{0,63}$' });
export const TemplateName = Type.String({ pattern: NAME_PATTERN, examples: ['terse-query'] });

const TemplatePart = Type.Object(
  {
    name: PartName,
    text: Type.Union([Type.String({ maxLength: 16_384 }), Type.Null()], {
      description: 'With {{variables}}, {{#sections}}...{{/sections}}; null takes away the part of the same name',
    }),
    keep: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: 9 }), Type.Literal('always')], {
        description: 'How useful it is: where room is short, 1 goes first and `always` never (5 unless said)',
      }),
    ),
    before: Type.Optional(PartName),
  },
  closed,
);

const templateFields = {
  for: Type.Optional(
    Type.Union([Type.Literal('system'), Type.Literal('turn')], {
      description: 'The system prompt of an agent, or the words that begin a turn (unless said)',
    }),
  ),
  version: Type.Optional(Type.String({ maxLength: 64, description: 'Your own; the hub counts revisions besides' })),
  description: Type.Optional(Type.String({ maxLength: 4096 })),
  extends: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9_.-]{0,63}(@[1-9][0-9]{0,8})?$',
      description:
        'The template whose parts it begins with; name@3 for one revision of it; its own name for the one below it',
    }),
  ),
  parameters: Type.Optional(
    Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' }), Type.String({ maxLength: 4096 }), {
      maxProperties: 50,
      additionalProperties: false,
      description: 'Values that descriptors may set (context.parameters), with what they are unless set',
    }),
  ),
  parts: Type.Array(TemplatePart, { maxItems: 50 }),
};

export const NewTemplate = Type.Object(
  { name: Type.Optional(TemplateName), ...templateFields },
  {
    ...closed,
    title: 'NewTemplate',
    examples: [
      {
        extends: 'query',
        parameters: { tone: 'friendly' },
        parts: [
          { name: 'tone', keep: 6, text: 'Answer {{asker.name}} in a {{parameters.tone}} tone.' },
          { name: 'asker', text: null },
        ],
      },
    ],
  },
);
export type NewTemplate = Static<typeof NewTemplate>;

export const TemplateView = Type.Object(
  {
    name: TemplateName,
    ...templateFields,
    source: Type.Union([Type.Literal('builtin'), Type.Literal('file'), Type.Literal('stored')], {
      description: 'What the hub brings, a file of GRANGER_TEMPLATES, or one that was put; the last goes first',
    }),
    revision: Type.Optional(Type.Integer({ description: 'Of a stored one' })),
    updatedAt: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { title: 'Template' },
);
export type TemplateView = Static<typeof TemplateView>;

const BuiltView = Type.Object({
  text: Type.String(),
  tokens: Type.Integer({ description: 'Estimated: four bytes each' }),
  template: Type.Object({
    name: Type.String(),
    source: Type.String(),
    revision: Type.Optional(Type.Integer()),
    version: Type.Optional(Type.String()),
    note: Type.Optional(Type.String({ description: 'Why it is not the one that was asked for' })),
  }),
  parts: Type.Array(Type.Object({ name: Type.String(), tokens: Type.Integer() })),
  leftOut: Type.Array(Type.Object({ part: Type.String(), tokens: Type.Integer(), reason: Type.String() })),
});

export const ContextView = Type.Object(
  {
    module: Type.String(),
    from: Type.String(),
    tokenBudget: Type.Integer(),
    tokens: Type.Integer(),
    system: BuiltView,
    turn: Type.Object({
      ...BuiltView.properties,
      omittedMessages: Type.Integer({ description: 'Earlier messages of the conversation for which there is no room' }),
    }),
  },
  { title: 'Context' },
);
export type ContextView = Static<typeof ContextView>;
