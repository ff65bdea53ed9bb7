import Type from 'typebox';
import { describeEvent, Instant, Problem } from './event-description-schema.js';

const turnId = Type.String({ description: '`turn_97`' });
const turn = ['module', 'conversationId', 'messageId', 'deliveryId', 'turnId'] as const;
const turnEnd = {
  turnId,
  attempt: Type.Integer(),
  costUsd: Type.Optional(Type.Number()),
  inputTokens: Type.Optional(Type.Integer()),
  outputTokens: Type.Optional(Type.Integer()),
};
/** An answer that does not fit its schema says where. */
const TurnProblem = Type.Object({
  ...Problem.properties,
  errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() }))),
});
const instanceEnd = {
  reason: Type.String(),
  turns: Type.Optional(Type.Integer()),
  costUsd: Type.Optional(Type.Number()),
};
const instance = ['module', 'conversationId?', 'instanceId'] as const;

const approval = {
  approvalId: Type.String({ description: '`apr_12`' }),
  toolName: Type.String(),
  toolUseId: Type.String(),
  description: Type.Optional(Type.String()),
};

/** Of the questions of agents. */
const approvalEvents = {
  'approval.requested': describeEvent('An agent asks whether it may use a tool, and waits.', turn, {
    ...approval,
    expiresAt: Type.Optional(Instant),
  }),
  'approval.decided': describeEvent('A person or a rule has answered.', turn, {
    ...approval,
    decision: Type.String({ description: '`allow` or `deny`' }),
    by: Type.Union([Type.String(), Type.Null()], {
      description: 'a key, `policy` for a rule, or an earlier approval that was remembered',
    }),
    message: Type.Optional(Type.String()),
    inputUpdated: Type.Optional(Type.Boolean()),
    remember: Type.Optional(Type.String()),
  }),
  'approval.timed_out': describeEvent('Nobody answered in time, so it was denied.', turn, approval),
  'approval.withdrawn': describeEvent('Its turn is over, so nobody waits for the answer.', turn, approval),
  'approval.bypassed': describeEvent('A turn begins that uses every tool without asking.', turn),
};

const budgetEvents = {
  'budget.exceeded': describeEvent('An agent has spent what it may, and is given no more turns for now.', ['module'], {
    period: Type.String({ description: '`hour` or `day`' }),
    measure: Type.String({ description: '`turns`, `tokens` or `usd`' }),
    limit: Type.Number(),
    used: Type.Number(),
    resetsAt: Instant,
    onExceeded: Type.String({ description: '`wait` or `fail`: what becomes of its messages' }),
  }),
};

/** Of conversations, agent processes and turns. */
export const agentEvents = {
  'conversation.created': describeEvent('A conversation began.', ['conversationId'], {
    sender: Type.Optional(Type.String()),
    agent: Type.Optional(Type.String()),
    title: Type.Optional(Type.String()),
  }),
  'conversation.updated': describeEvent('Its title or its participants were changed.', ['conversationId'], {
    title: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    participants: Type.Optional(Type.Array(Type.String())),
  }),
  'conversation.archived': describeEvent('It was put away; a message that names it reopens it.', ['conversationId']),
  'conversation.reopened': describeEvent('It goes on.', ['conversationId']),
  'conversation.forked': describeEvent('Another conversation goes on from here.', ['conversationId'], {
    forkId: Type.String(),
    through: Type.Optional(Type.String({ description: 'the last message that both have' })),
  }),
  'conversation.deleted': describeEvent('It was deleted, and its messages with it.', ['conversationId']),
  'conversation.moved': describeEvent(
    'An agent has left its session of it; its next turn begins a new one.',
    ['module', 'conversationId'],
    {
      reason: Type.String({ description: '`session_missing` or `context_full`' }),
      sessionId: Type.String({ description: 'the one that was left' }),
    },
  ),
  'conversation.retold': describeEvent('An agent that begins a session in it was told what was said.', turn, {
    messages: Type.Integer({ description: 'that it was told' }),
    omitted: Type.Integer({ description: 'earlier ones for which there was no room' }),
    tokens: Type.Integer({ description: 'of all words of the turn, estimated' }),
  }),
  'template.saved': describeEvent('A template of what agents are told has a new revision.', [], {
    name: Type.String(),
    revision: Type.Integer(),
  }),
  'template.deleted': describeEvent('A template was deleted, with all its revisions.', [], { name: Type.String() }),
  'instance.started': describeEvent('An agent process was started.', instance, {
    name: Type.Optional(Type.String()),
    sessionId: Type.String(),
    resumed: Type.Boolean({ description: 'goes on with a session that was there' }),
  }),
  'instance.ready': describeEvent('One that was started ahead of its first turn answers.', instance),
  'instance.paused': describeEvent('It takes no turn until it is resumed.', instance),
  'instance.resumed': describeEvent('It takes turns again.', instance),
  'instance.interrupted': describeEvent('Somebody ended its turn.', instance),
  'instance.restarted': describeEvent('Another process goes on with its session.', instance, {
    sessionId: Type.String(),
  }),
  'instance.stopped': describeEvent('The hub ended it.', instance, instanceEnd),
  'instance.crashed': describeEvent('It ended by itself, or with a hub that was killed.', instance, instanceEnd),
  'lane.paused': describeEvent('The provider takes no more from a credential for a while.', [], {
    lane: Type.String(),
    reason: Type.String(),
    until: Instant,
  }),
  'lane.resumed': describeEvent('A credential is used again.', [], { lane: Type.String() }),
  'turn.started': describeEvent('An agent began to work on a delivery.', turn, {
    turnId,
    attempt: Type.Integer(),
    from: Type.String(),
  }),
  'turn.output': describeEvent('It said something, or used a tool.', turn, {
    turnId,
    messageId: Type.String({ description: '`msg_48213`' }),
    kind: Type.String({ description: '`text`, `thinking`, `tool_use` or `tool_result`' }),
    offset: Type.Integer({ description: 'characters of this turn before it' }),
    text: Type.String({ description: 'of tools: JSON' }),
  }),
  'turn.retrying': describeEvent('Its API is asked again, as it was busy or failed.', turn, {
    turnId,
    retry: Type.Integer(),
    maxRetries: Type.Integer(),
    delayMs: Type.Number(),
    status: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
  }),
  'turn.succeeded': describeEvent('It ended well.', [...turn, 'instanceId?'], turnEnd),
  'turn.failed': describeEvent('It ended badly, or took too long.', [...turn, 'instanceId?'], {
    ...turnEnd,
    error: Type.Optional(TurnProblem),
  }),
  'turn.interrupted': describeEvent('Somebody, or the end of the hub, ended it.', [...turn, 'instanceId?'], {
    ...turnEnd,
    reason: Type.Optional(Type.String()),
    error: Type.Optional(Problem),
  }),
  ...approvalEvents,
  ...budgetEvents,
};
