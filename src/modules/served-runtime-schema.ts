import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;

/** Shown in place of what nobody is to see again. Not taken as a value, so that a view that is sent back replaces no secret. */
export const MASK = '***';
const hidden = (maxLength: number) => Type.String({ maxLength, pattern: '^(?!\\*\\*\\*$)' });

export const WebhookRuntime = Type.Object(
  {
    type: Type.Literal('webhook'),
    url: Type.String({
      format: 'uri',
      maxLength: 2048,
      description: 'http or https, at a host that GRANGER_WEBHOOK_HOSTS allows; each delivery is posted to it',
    }),
    secret: Type.Optional(
      Type.String({
        pattern: '^(whsec_)?[A-Za-z0-9+/]{22,}={0,2}$',
        maxLength: 256,
        description:
          'Signs each delivery as Standard Webhooks says: base64 of 16 bytes or more, with or without whsec_. Never shown again',
      }),
    ),
    timeoutSeconds: Type.Optional(
      Type.Number({
        minimum: 0.1,
        maximum: 600,
        description: 'Longest until the whole answer is there (default 10, for broadcast messages 5)',
      }),
    ),
    concurrency: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'Most deliveries at once (default 4)' }),
    ),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$" }), hidden(4096), {
        ...closed,
        maxProperties: 32,
        description: 'Sent with each delivery. Values are never shown again',
      }),
    ),
  },
  { ...closed, title: 'WebhookRuntime' },
);
export type WebhookSettings = Static<typeof WebhookRuntime>;

export const CommandRuntime = Type.Object(
  {
    type: Type.Literal('command'),
    command: Type.Array(Type.String({ maxLength: 8192 }), {
      minItems: 1,
      maxItems: 100,
      description: 'The program and its arguments; it is not run in a shell',
    }),
    cwd: Type.Optional(
      Type.String({ description: 'Working folder of the program; by default the one that the hub was started in' }),
    ),
    environment: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' }), hidden(32_768), {
        ...closed,
        maxProperties: 100,
        description: "Added to the hub's own environment. Values are never shown again",
      }),
    ),
    concurrency: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'Most deliveries at once (default 1)' }),
    ),
    timeoutSeconds: Type.Optional(
      Type.Number({ minimum: 0.1, maximum: 86_400, description: 'Longest until a delivery is answered (default 600)' }),
    ),
  },
  { ...closed, title: 'CommandRuntime' },
);
export type CommandSettings = Static<typeof CommandRuntime>;
