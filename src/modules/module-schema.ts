import Type, { type Static, type TSchema } from 'typebox';
import { NAME_PATTERN } from '../lib/names.js';
import { Budget } from './budget-schema.js';
import { ClaudeRuntime, type ClaudeSettings } from './claude-runtime-schema.js';
import { Permissions } from './permissions-schema.js';
import { CommandRuntime, type CommandSettings, WebhookRuntime, type WebhookSettings } from './served-runtime-schema.js';

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
type PullSettings = Static<typeof PullRuntime>;
type RuntimeWord = 'pull' | 'claude';

/** Judged by its `type` alone, so that what is wrong with one kind is not said for all of them. */
const settingsOf = (type: Static<typeof RuntimeType>, then: TSchema) => ({
  if: { type: 'object', required: ['type'], properties: { type: { const: type } } },
  then,
});

const Runtime = Type.Unsafe<RuntimeWord | PullSettings | ClaudeSettings | WebhookSettings | CommandSettings>({
  description:
    'How the module is served: it claims its messages itself (pull), the hub posts them to it (webhook), runs Claude Code for it (claude), or runs a program that answers JSON lines (command). An object with `type` and settings, or one of the words pull and claude.',
  if: { type: 'string' },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { enum: ['pull', 'claude'] },
  else: {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: ['pull', 'webhook', 'claude', 'command'] } },
    allOf: [
      settingsOf('pull', PullRuntime),
      settingsOf('webhook', WebhookRuntime),
      settingsOf('claude', ClaudeRuntime),
      settingsOf('command', CommandRuntime),
    ],
  },
});

const Limits = Type.Object(
  {
    messagesPerMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    maxPending: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
    budget: Type.Optional(Budget),
  },
  closed,
);

const templateOf = (description: string) =>
  Type.Optional(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_.-]{0,63}(@[1-9][0-9]{0,8})?$', description }));

const Context = Type.Object(
  {
    templates: Type.Optional(
      Type.Object(
        {
          system: templateOf('Its system prompt'),
          query: templateOf('The first message of a conversation'),
          'follow-up': templateOf('A message in a conversation that it remembers'),
          'multi-turn': templateOf('A message in a conversation that it does not remember'),
          response: templateOf('A reply to what it has asked'),
          error: templateOf('A reply that says that something failed'),
        },
        {
          ...closed,
          description: 'Templates of its own instead of those by the name of the kind; name@3 for one revision',
        },
      ),
    ),
    parameters: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' }), Type.String({ maxLength: 4096 }), {
        maxProperties: 50,
        additionalProperties: false,
        description: 'Values for {{parameters.name}} in templates',
      }),
    ),
    tokenBudget: Type.Optional(
      Type.Integer({
        minimum: 500,
        maximum: 1_000_000,
        description:
          'Tokens that the system prompt and the words of a turn may have; the least useful parts are left out',
      }),
    ),
    fullPercent: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description: 'When its session fills so much of its context, the conversation moves to a new one (default 85)',
      }),
    ),
  },
  { ...closed, title: 'DescriptorContext', description: 'What an agent is told, and how much of it' },
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
    permissions: Type.Optional(Permissions),
    context: Type.Optional(Context),
    limits: Type.Optional(Limits),
    fair: Type.Optional(Type.Boolean({ description: 'Senders take turns in its inbox, within a priority' })),
    requireSignature: Type.Optional(
      Type.Boolean({ description: 'What it sends must be signed with its signing secret' }),
    ),
    metadata: Type.Optional(Type.Object({}, { additionalProperties: true })),
  },
  {
    ...closed,
    title: 'Descriptor',
    description: 'What a module does, what it can do, what it takes and gives',
    examples: [
      {
        description: 'Works through batches of data',
        capabilities: ['data_processing'],
        dataTypes: { consumes: ['batch'], produces: ['summary'] },
        inputSchema: { type: 'object', required: ['batch'], properties: { batch: { type: 'array' } } },
        runtime: { type: 'claude', allowedTools: ['Read'] },
      },
    ],
  },
);
export type Descriptor = Static<typeof Descriptor>;

/** What it may hold shows in the descriptor that comes out. */
export const DescriptorPatch = Type.Object(
  {},
  {
    additionalProperties: true,
    title: 'DescriptorPatch',
    examples: [{ description: 'Works through large batches of data', dataTypes: { produces: null } }],
  },
);

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
    call: Type.Optional(
      Type.Object(
        {
          method: Type.String(),
          path: Type.String(),
          body: Type.Object({}, { additionalProperties: true }),
          answer: Type.String({
            description:
              'Where the answer holds `{source, target, timestamp, message, response, status, error, usage, costUsd, turnId, data}`',
          }),
        },
        { description: 'Of an agent: the one request that brings its answer' },
      ),
    ),
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
  { ...closed, title: 'Heartbeat', examples: [{ currentTask: 'batch 7 of 9', metrics: { rows: 7000 } }] },
);
export type Heartbeat = Static<typeof Heartbeat>;

export const ModuleHealth = Type.Object(
  {
    name: ModuleName,
    status: ModuleStatus,
    lastHeartbeatAt: Type.String({ format: 'date-time' }),
    pending: Type.Integer(),
    leased: Type.Integer(),
    dead: Type.Integer(),
    processed: Type.Integer({ description: 'Deliveries completed since the hub started' }),
    errors: Type.Integer({ description: 'Attempts that failed since the hub started' }),
    breaker: Type.Optional(
      Type.Object(
        { state: Type.String() },
        { additionalProperties: true, description: 'Of a webhook: closed, open or half_open' },
      ),
    ),
  },
  { title: 'ModuleHealth' },
);
export type ModuleHealth = Static<typeof ModuleHealth>;

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
