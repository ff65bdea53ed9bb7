import Type, { type Static } from 'typebox';
import { NAME_PATTERN } from '../lib/names.js';

const closed = { additionalProperties: false } as const;
const words = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 100, description });
const jsonSchema = (description: string) =>
  Type.Union([Type.Object({}, { additionalProperties: true }), Type.Boolean()], { description });

export const ModuleName = Type.String({
  pattern: NAME_PATTERN,
  description: 'Name of a module',
  examples: ['Processor'],
});
export const RuntimeType = Type.Union([
  Type.Literal('pull'),
  Type.Literal('webhook'),
  Type.Literal('claude'),
  Type.Literal('command'),
]);

const PullRuntime = Type.Object({ type: Type.Literal('pull') }, closed);

const ClaudeRuntime = Type.Object(
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
  },
  closed,
);

const Runtime = Type.Union([Type.Union([Type.Literal('pull'), Type.Literal('claude')]), PullRuntime, ClaudeRuntime], {
  description:
    'How the module is served: it claims its messages itself (pull), or the hub runs Claude Code for it (claude). A word, or an object with `type` and settings.',
});

const Limits = Type.Object(
  {
    messagesPerMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    maxPending: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
  },
  closed,
);

export const Descriptor = Type.Object(
  {
    name: Type.Optional(ModuleName),
    version: Type.Optional(Type.String({ maxLength: 64 })),
    description: Type.Optional(Type.String({ maxLength: 4096 })),
    systemPrompt: Type.Optional(Type.String({ maxLength: 200_000 })),
    capabilities: Type.Optional(words('What it can do; messages can be sent to a capability')),
    dataTypes: Type.Optional(
      Type.Object(
        { consumes: Type.Optional(words('Data it takes')), produces: Type.Optional(words('Data it gives')) },
        closed,
      ),
    ),
    inputSchema: Type.Optional(jsonSchema('JSON Schema (2020-12) that every payload sent to it must fit')),
    outputSchema: Type.Optional(jsonSchema('JSON Schema (2020-12) of what it answers')),
    runtime: Type.Optional(Runtime),
    limits: Type.Optional(Limits),
    metadata: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  { ...closed, title: 'Descriptor', description: 'What a module does, what it can do, what it takes and gives' },
);
export type Descriptor = Static<typeof Descriptor>;
export type ClaudeSettings = Static<typeof ClaudeRuntime>;

export const ModuleStatus = Type.Union([Type.Literal('active'), Type.Literal('stale'), Type.Literal('offline')]);

export const ModuleView = Type.Object(
  {
    ...Descriptor.properties,
    name: ModuleName,
    runtime: Type.Object({ type: RuntimeType }, { additionalProperties: true }),
    status: ModuleStatus,
    source: Type.Union([Type.Literal('api'), Type.Literal('folder')], {
      description: 'Registered over HTTP, or loaded from GRANGER_MODULES',
    }),
    revision: Type.Integer(),
    createdAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
    lastHeartbeatAt: Type.String({ format: 'date-time' }),
    currentTask: Type.Optional(Type.String()),
    metrics: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  { title: 'Module' },
);
export type ModuleView = Static<typeof ModuleView>;

export const Heartbeat = Type.Object(
  {
    status: Type.Optional(Type.String({ maxLength: 64 })),
    currentTask: Type.Optional(Type.String({ maxLength: 1024 })),
    metrics: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  { ...closed, title: 'Heartbeat' },
);
export type Heartbeat = Static<typeof Heartbeat>;

export const ModuleQuery = Type.Object(
  {
    capability: Type.Optional(Type.String()),
    consumes: Type.Optional(Type.String()),
    produces: Type.Optional(Type.String()),
    runtime: Type.Optional(RuntimeType),
    status: Type.Optional(ModuleStatus),
    q: Type.Optional(Type.String({ maxLength: 256, description: 'Words in the name or description' })),
  },
  closed,
);
export type ModuleQuery = Static<typeof ModuleQuery>;
