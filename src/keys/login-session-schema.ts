import Type, { type Static } from 'typebox';

export const LogIn = Type.Object(
  { key: Type.String({ minLength: 1, maxLength: 512, description: 'An admin, module or observer key' }) },
  { additionalProperties: false, title: 'LogIn', examples: [{ key: 'grk_8f3c…' }] },
);
export type LogIn = Static<typeof LogIn>;

export const SessionView = Type.Object(
  {
    keyId: Type.String({ description: 'The key that it speaks for', examples: ['key_7'] }),
    scope: Type.Union([Type.Literal('admin'), Type.Literal('module'), Type.Literal('observer')]),
    module: Type.Optional(Type.String()),
    expiresAt: Type.Optional(Type.String({ format: 'date-time', description: 'Of a session; a key has no end' })),
  },
  { title: 'Session', examples: [{ keyId: 'admin', scope: 'admin', expiresAt: '2026-01-08T00:00:00.000Z' }] },
);
export type SessionView = Static<typeof SessionView>;
