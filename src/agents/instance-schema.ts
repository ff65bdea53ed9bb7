import Type, { type Static } from 'typebox';
import { NAME_PATTERN } from '../lib/names.js';
import { instanceStates } from './instance-state.js';
import { turnPhases } from './turn-phase-state.js';

const closed = { additionalProperties: false } as const;
const Instant = Type.String({ format: 'date-time' });
const Id = (example: string) => Type.String({ examples: [example] });
const Name = (description: string) => Type.String({ pattern: NAME_PATTERN, description });
const ConversationId = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$' });

export const InstanceState = Type.Enum([...instanceStates]);

export const NewInstance = Type.Object(
  {
    module: Name('The agent that it runs'),
    conversationId: Type.Optional(ConversationId),
    from: Type.Optional(Name('For the conversation that this module has with the agent by default')),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'For people to know it by' })),
  },
  {
    ...closed,
    title: 'NewInstance',
    description: 'Without a conversation it is a spare: the next conversation that is new takes it',
    examples: [{ module: 'Processor', from: 'Producer', name: 'batches' }],
  },
);
export type NewInstance = Static<typeof NewInstance>;

export const InstanceView = Type.Object(
  {
    id: Id('inst_5'),
    name: Type.Optional(Type.String()),
    module: Type.String(),
    state: InstanceState,
    pid: Type.Optional(Type.Integer({ description: 'Of the process, on the machine of its hub' })),
    conversationId: Type.Optional(Type.String({ description: 'Absent while it is a spare' })),
    sessionId: Type.Optional(Type.String({ description: 'Of Claude Code' })),
    lane: Type.Optional(Type.String({ description: 'The credential that it uses' })),
    turnId: Type.Optional(Id('turn_97')),
    phase: Type.Optional(Type.Enum([...turnPhases], { description: 'What its turn waits for' })),
    memoryMb: Type.Optional(
      Type.Number({ description: 'Resident, with all processes below it; where there is /proc' }),
    ),
    cpu: Type.Optional(Type.Number({ description: 'Percent of one core, since it was last asked for' })),
    turns: Type.Integer(),
    costUsd: Type.Number(),
    startedAt: Instant,
    lastTurnAt: Type.Optional(Instant),
    uptimeSeconds: Type.Number(),
    endedAt: Type.Optional(Instant),
    endReason: Type.Optional(Type.String()),
  },
  { title: 'Instance' },
);
export type InstanceView = Static<typeof InstanceView>;

export const InstanceMessage = Type.Object(
  {
    from: Type.Optional(Name('Who sends it; the module of the key where that is left out')),
    type: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$', description: 'What the message is' }),
    ),
    payload: Type.Optional(Type.Unknown({ description: 'Any JSON; its `message` is the request' })),
    priority: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
    ttlSeconds: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 30 * 86_400 })),
    delaySeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 30 * 86_400 })),
    maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    correlationId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  },
  {
    ...closed,
    title: 'InstanceMessage',
    examples: [{ from: 'Producer', type: 'task.process', payload: { message: 'And now the next batch' } }],
  },
);
export type InstanceMessage = Static<typeof InstanceMessage>;
