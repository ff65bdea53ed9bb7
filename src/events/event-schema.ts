import Type, { type Static } from 'typebox';
import { HubError } from '../lib/errors.js';
import { fromPublicId } from '../lib/public-id.js';
import type { EventFilter } from './event-filter.js';

const filterFields = {
  module: Type.Optional(Type.String({ description: 'Events about this module, and messages that it sent' })),
  conversation: Type.Optional(Type.String({ description: 'Events of this conversation' })),
  message: Type.Optional(Type.String({ description: 'Events of this message', examples: ['msg_48213'] })),
  turn: Type.Optional(Type.String({ description: 'Events of this turn', examples: ['turn_97'] })),
  task: Type.Optional(Type.String({ description: 'Events of this task', examples: ['task_12'] })),
};
const TYPE_PATTERN = '^(\\*|[a-z]+\\.(\\*|[a-z_]+))$';
const TYPES_PATTERN = `^${TYPE_PATTERN.slice(1, -1)}(,${TYPE_PATTERN.slice(1, -1)})*$`;
const after = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'Only those with a higher number; without it, a stream starts with what comes next',
  }),
);

export const EventQuery = Type.Object(
  {
    after,
    types: Type.Optional(
      Type.String({
        pattern: TYPES_PATTERN,
        description: 'message.*, turn.output: parted by commas',
      }),
    ),
    ...filterFields,
  },
  { additionalProperties: false },
);
export type EventQuery = Static<typeof EventQuery>;

/** Where a filter is a value of its own. */
export const EventFilterView = Type.Object(
  {
    types: Type.Optional(
      Type.Union([
        Type.Array(Type.String({ pattern: TYPE_PATTERN }), { maxItems: 64 }),
        Type.String({ pattern: TYPES_PATTERN, description: 'parted by commas' }),
      ]),
    ),
    ...filterFields,
  },
  { additionalProperties: false },
);
export type EventFilterView = Static<typeof EventFilterView>;

export const SubscribeFrame = Type.Object(
  {
    op: Type.Literal('subscribe'),
    id: Type.String({ minLength: 1, maxLength: 64 }),
    filter: Type.Optional(EventFilterView),
    after,
  },
  { additionalProperties: false },
);
export type SubscribeFrame = Static<typeof SubscribeFrame>;

export const EventView = Type.Object(
  {
    seq: Type.Integer(),
    type: Type.String({ examples: ['delivery.completed'] }),
    at: Type.String({ format: 'date-time' }),
    subject: Type.Object({
      module: Type.Optional(Type.String()),
      conversationId: Type.Optional(Type.String()),
      messageId: Type.Optional(Type.String()),
      deliveryId: Type.Optional(Type.String()),
      turnId: Type.Optional(Type.String()),
      instanceId: Type.Optional(Type.String()),
      taskId: Type.Optional(Type.String()),
    }),
    by: Type.Optional(
      Type.String({
        description: 'The key whose request caused it; none where the hub did it by itself',
        examples: ['key_7'],
      }),
    ),
    data: Type.Object({}, { additionalProperties: true }),
  },
  { title: 'Event' },
);

interface FilterTexts {
  readonly types?: string | readonly string[];
  readonly module?: string;
  readonly conversation?: string;
  readonly message?: string;
  readonly turn?: string;
  readonly task?: string;
}

const keyOf = (prefix: 'msg' | 'turn' | 'task', field: string, id: string): number => {
  const key = fromPublicId(prefix, id);
  if (key !== undefined) return key;
  throw new HubError('invalid_request', `${JSON.stringify(id)} is no id of a ${field}.`, {
    errors: [{ pointer: `/${field}`, message: `must look like ${prefix}_123` }],
  });
};

/** @throws invalid_request */
export const filterOf = ({ types, module, conversation, message, turn, task }: FilterTexts): EventFilter => ({
  ...(types === undefined ? {} : { types: typeof types === 'string' ? types.split(',') : types }),
  ...(module === undefined ? {} : { module }),
  ...(conversation === undefined ? {} : { conversation }),
  ...(message === undefined ? {} : { message: keyOf('msg', 'message', message) }),
  ...(turn === undefined ? {} : { turn: keyOf('turn', 'turn', turn) }),
  ...(task === undefined ? {} : { task: keyOf('task', 'task', task) }),
});
