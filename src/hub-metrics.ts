import type { SocketSession } from './http/socket-session.js';
import type { HubParts } from './hub-parts.js';
import { HubMetrics } from './metrics/hub-metrics.js';
import { VERSION } from './version.js';

export interface OpenStreams {
  readonly sessions: ReadonlySet<SocketSession>;
  readonly openEventStreams: ReadonlySet<object>;
}

/** What `/metrics` says of the parts. */
export const buildMetrics = (parts: HubParts, { sessions, openEventStreams }: OpenStreams): HubMetrics => {
  const { feed, depths, deliveries, modules, pool, dispatcher, database, clock, config } = parts;
  const agents = () => modules.all().filter((module) => module.runtime.type === 'claude');
  return new HubMetrics({
    feed,
    version: VERSION,
    queues: () => depths.queues().map((queue) => ({ queue, ...depths.of(queue) })),
    oldestPendingAt: (queue) => deliveries.oldestPendingAt(queue),
    modules: () => modules.size,
    instances: () => pool.size,
    agentsMax: () => config.agentsMax,
    turns: () => ({
      running: dispatcher.running,
      waiting: agents().reduce((sum, { name }) => sum + depths.of(name).pending, dispatcher.waiting),
    }),
    subscribers: () => ({ websocket: sessions.size, sse: openEventStreams.size }),
    statements: () => database.statements(),
    sizeBytes: () => database.sizeBytes(),
    now: () => clock.now(),
  });
};
