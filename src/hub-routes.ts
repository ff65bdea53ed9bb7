import { approvalRoutes } from './agents/approvals/approval-routes.js';
import { contextRoutes } from './agents/context/context-routes.js';
import { templateRoutes } from './agents/context/template-routes.js';
import { instanceRoutes } from './agents/instance-routes.js';
import { lanesCheck } from './agents/lanes/lanes.js';
import { turnRoutes } from './agents/turn-routes.js';
import { channelRoutes } from './channels/channel-routes.js';
import { conversationHistoryRoutes } from './conversations/conversation-history-routes.js';
import { conversationRoutes } from './conversations/conversation-routes.js';
import type { StatementTimes } from './db/statement-profile.js';
import { eventExportRoutes, eventRoutes } from './events/event-routes.js';
import { DashboardFiles } from './http/dashboard-files.js';
import { dashboardRoutes } from './http/dashboard-routes.js';
import { healthRoutes } from './http/health-routes.js';
import type { RoutePlugin } from './http/server.js';
import type { SocketSession } from './http/socket-session.js';
import { type Stats, statsRoutes } from './http/stats-routes.js';
import type { HubParts } from './hub-parts.js';
import { hubStream } from './hub-stream.js';
import { keyRoutes } from './keys/key-routes.js';
import { loginSessionRoutes } from './keys/login-session-routes.js';
import { streamTicketRoutes } from './keys/stream-ticket-routes.js';
import { toRfc3339 } from './lib/clock.js';
import { mcpRoutes } from './mcp/mcp-routes.js';
import { deadLetterRoutes } from './messages/dead-letter-routes.js';
import { deliveryRoutes } from './messages/delivery-routes.js';
import { messageRoutes, sendOne } from './messages/message-routes.js';
import { SentMessage } from './messages/message-schema.js';
import { type QueueNumbers, queueRoutes } from './messages/queue-routes.js';
import { channelQueue } from './messages/recipients.js';
import { replayRoutes } from './messages/replay-routes.js';
import { replyRoutes } from './messages/reply-routes.js';
import { signatureRoutes } from './messages/signature-routes.js';
import type { HubMetrics } from './metrics/hub-metrics.js';
import { metricsRoutes } from './metrics/metrics-routes.js';
import type { Module } from './modules/module.js';
import { moduleHealthRoutes } from './modules/module-health-routes.js';
import { moduleRoutes } from './modules/module-routes.js';
import { nodeRoutes } from './nodes/node-routes.js';
import { taskLogRoutes } from './tasks/task-log-routes.js';
import { taskRoutes } from './tasks/task-routes.js';
import { taskStatisticsRoutes } from './tasks/task-statistics-routes.js';
import { VERSION } from './version.js';
import { webhookRoutes } from './webhooks/webhook-routes.js';

/** What the routes must know of the hub's life. */
export interface HubLife {
  readonly startedAt: number;
  readonly isDraining: () => boolean;
  /** Aborted when the hub begins to stop. */
  readonly draining: AbortSignal;
  /** Aborted when open streams are to end. */
  readonly end: AbortSignal;
  readonly sessions: Set<SocketSession>;
  readonly metrics: HubMetrics;
}

/** All addresses of the hub. */
export const hubRoutes = (parts: HubParts, life: HubLife): readonly RoutePlugin[] => [
  healthRoutes({ readiness: () => readinessOf(parts, life) }),
  statsRoutes(() => statsOf(parts, life)),
  metricsRoutes(life.metrics),
  nodeRoutes(parts.nodes),
  keyRoutes(parts.keys, parts.moduleService),
  streamTicketRoutes(parts.tickets),
  loginSessionRoutes(parts.sessions, parts.keys),
  moduleRoutes(parts.moduleService),
  moduleHealthRoutes(parts.moduleService, {
    of: (module) => {
      const breaker = parts.breakers.breakerOf(module) ?? startBreakerOf(parts, module);
      const { pending, leased, dead } = parts.depths.of(module.name);
      return {
        pending,
        leased,
        dead,
        ...parts.depths.outcomesOf(module.name),
        ...(breaker === undefined ? {} : { breaker: { ...breaker } }),
      };
    },
  }),
  channelRoutes(parts.channelService, {
    depth: (channel) => parts.depths.of(channelQueue(channel)),
    oldestAt: (channel) => parts.deliveries.oldestPendingAt(channelQueue(channel)),
  }),
  messageRoutes(parts),
  replyRoutes(parts.messages),
  replayRoutes(parts.replays),
  signatureRoutes(parts.signatures, parts.moduleService),
  deliveryRoutes(parts.deliveries),
  deadLetterRoutes(parts.deadLetters),
  conversationRoutes(parts.conversations),
  conversationHistoryRoutes(parts.conversations),
  instanceRoutes(parts.instances, sendOne(parts), SentMessage),
  contextRoutes(parts.contexts),
  templateRoutes(parts.templates),
  queueRoutes(queuesOf(parts)),
  turnRoutes(parts.turns, life.end),
  approvalRoutes(parts.approvals),
  taskStatisticsRoutes(parts.taskStatistics),
  taskRoutes(parts.tasks, parts.taskReading),
  taskLogRoutes(parts.tasks, parts.taskReading),
  eventRoutes(parts.feed, life.end),
  eventExportRoutes(parts.feed),
  webhookRoutes(parts.webhooks),
  mcpRoutes(parts, parts.logger),
  ...hubStream(parts, life),
  dashboardRoutes(new DashboardFiles()),
];

const MOST_STATEMENTS = 40;

const rounded = ({ name, count, totalMs, maxMs }: StatementTimes): StatementTimes => ({
  name,
  count,
  totalMs: Math.round(totalMs * 1000) / 1000,
  maxMs: Math.round(maxMs * 1000) / 1000,
});

/** Of an agent whose processes do not start. */
const startBreakerOf = ({ starts }: HubParts, { name }: Module) => {
  const breaker = starts.of(name);
  return breaker === undefined ? undefined : { ...breaker, retryAt: toRfc3339(breaker.retryAt) };
};

const queuesOf = ({ depths, deliveries, clock }: HubParts): QueueNumbers => ({
  keys: () => depths.queues(),
  view: async (key) => {
    const isChannel = key.startsWith('#');
    const oldestAt = await deliveries.oldestPendingAt(key);
    return {
      name: isChannel ? key.slice(1) : key,
      kind: isChannel ? 'channel' : 'module',
      ...depths.of(key),
      ...depths.outcomesOf(key),
      oldestAgeSeconds: oldestAt === undefined ? null : (clock.now() - oldestAt) / 1000,
    };
  },
});

const readinessOf = ({ config, database, lanes, claudeCheck }: HubParts, { isDraining }: HubLife) => {
  const { failure } = database;
  return {
    status: failure !== undefined ? 'failed' : isDraining() ? 'draining' : 'ready',
    checks: {
      accepting: { ok: !isDraining() },
      database: failure === undefined ? { ok: true } : { ok: false, detail: failure.message },
      agents: { ok: config.agentsMax > 0, detail: `at most ${config.agentsMax} processes` },
      claude: claudeCheck.view,
      lanes: lanesCheck(lanes.all()),
    },
  } as const;
};

const statsOf = async (
  { epoch, clock, feed, events, depths, modules, pool, dispatcher, costs, database }: HubParts,
  { startedAt }: HubLife,
): Promise<Stats> => {
  const { oldestSeq } = await events.bounds();
  const agents = modules.all().filter((module) => module.runtime.type === 'claude');
  return {
    version: VERSION,
    uptimeSeconds: (clock.now() - startedAt) / 1000,
    epoch,
    events: { oldestSeq, lastSeq: feed.lastSeq },
    messages: depths.total(),
    modules: modules.size,
    instances: pool.size,
    turns: {
      running: dispatcher.running,
      waiting: agents.reduce((sum, { name }) => sum + depths.of(name).pending, dispatcher.waiting),
    },
    cost: await costs.summary(),
    database: { sizeBytes: await database.sizeBytes() },
    statements: database.statements().slice(0, MOST_STATEMENTS).map(rounded),
  };
};
