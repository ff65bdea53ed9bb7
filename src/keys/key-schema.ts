import Type, { type Static } from 'typebox';
import { NAME_PATTERN } from '../lib/names.js';

const Scope = Type.Union([Type.Literal('admin'), Type.Literal('module'), Type.Literal('observer')], {
  description: 'admin: everything; module: acts as its module; observer: reads',
});
const label = { description: 'What the key is for', maxLength: 128 };

export const NewKey = Type.Object(
  {
    scope: Scope,
    module: Type.Optional(Type.String({ pattern: NAME_PATTERN, description: 'With scope module: which' })),
    label: Type.Optional(Type.String(label)),
  },
  {
    additionalProperties: false,
    title: 'NewKey',
    examples: [
      { scope: 'observer', label: 'dashboard in the hall' },
      { scope: 'module', module: 'Processor' },
    ],
  },
);
export type NewKey = Static<typeof NewKey>;

export const NewModuleKey = Type.Object(
  { label: Type.Optional(Type.String(label)) },
  { additionalProperties: false, title: 'NewModuleKey', examples: [{ label: 'container on host 7' }] },
);

const keyFields = {
  id: Type.String({ examples: ['key_7'] }),
  scope: Scope,
  module: Type.Optional(Type.String()),
  label: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
};

export const KeyView = Type.Object(keyFields, { title: 'Key' });
export type KeyView = Static<typeof KeyView>;

export const CreatedKey = Type.Object(
  {
    ...keyFields,
    key: Type.String({
      description: 'The secret itself: shown this once and kept only as a hash',
      examples: ['grk_8f3c…'],
    }),
  },
  { title: 'CreatedKey' },
);
export type CreatedKey = Static<typeof CreatedKey>;
