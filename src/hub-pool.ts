import type { AgentLaunch } from './agents/agent-launch.js';
import { AgentPool } from './agents/agent-pool.js';
import type { AgentDriver } from './agents/drivers/agent-driver.js';
import { InstanceOrders } from './agents/instance-orders.js';
import { InstanceRecorder } from './agents/instance-recorder.js';
import { InstanceStarter } from './agents/instance-starter.js';
import { LiveInstances } from './agents/live-instances.js';
import { OneAtATime } from './agents/one-at-a-time.js';
import type { Database } from './db/database.js';
import type { EventStore } from './events/event-store.js';
import type { Clock } from './lib/clock.js';
import type { Logger } from './lib/logger.js';

const IDLE_MS = 15 * 60_000;

export interface PoolNeeds {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly driver: AgentDriver;
  readonly launch: AgentLaunch;
  /** Most processes at once. */
  readonly max: number;
  readonly tagPrefix: string;
}

/** The pool of agent processes and what works on the same instances. */
export const buildPool = (needs: PoolNeeds) => {
  const instanceRecorder = new InstanceRecorder(needs);
  const live = new LiveInstances({ ...needs, recorder: instanceRecorder });
  const starter = new InstanceStarter({ ...needs, recorder: instanceRecorder });
  const shared = { ...needs, recorder: instanceRecorder, live, starter, alone: new OneAtATime() };
  const orders = new InstanceOrders(shared);
  const pool = new AgentPool({ ...shared, orders, idleMs: IDLE_MS });
  return { instanceRecorder, live, orders, pool };
};
