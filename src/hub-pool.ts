import type { SystemPromptOf } from './agents/agent-instance.js';
import type { AgentLaunch } from './agents/agent-launch.js';
import { AgentPool } from './agents/agent-pool.js';
import { AgentTools, type KeyLender, keyIdOf } from './agents/agent-tools.js';
import type { AgentDriver } from './agents/drivers/agent-driver.js';
import { InstanceOrders } from './agents/instance-orders.js';
import { InstanceRecorder } from './agents/instance-recorder.js';
import { InstanceStarter } from './agents/instance-starter.js';
import { Lanes } from './agents/lanes/lanes.js';
import { LiveInstances } from './agents/live-instances.js';
import { OneAtATime } from './agents/one-at-a-time.js';
import { PoolUpkeep } from './agents/pool-upkeep.js';
import { UsageMeter } from './agents/process-usage.js';
import { StartBreakers } from './agents/start-breakers.js';
import type { Config } from './config.js';
import type { Database } from './db/database.js';
import type { EventStore } from './events/event-store.js';
import type { Clock } from './lib/clock.js';
import type { Logger } from './lib/logger.js';
import type { ModuleDirectory } from './modules/module-directory.js';

const BYTES_A_MB = 1024 * 1024;

export interface PoolNeeds {
  readonly database: Database;
  readonly events: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly driver: AgentDriver;
  readonly launch: AgentLaunch;
  readonly systemPromptOf: SystemPromptOf;
  readonly config: Pick<Config, 'agentsMax' | 'agentsMemoryMb' | 'claudeProfiles' | 'dataFolder'>;
  readonly modules: ModuleDirectory;
  readonly keys: KeyLender;
  readonly tagPrefix: string;
}

/** The pool of agent processes and what works on the same instances. */
export const buildPool = (needs: PoolNeeds) => {
  const { clock, config } = needs;
  const { agentsMax: max, agentsMemoryMb: memoryMb } = config;
  const instanceRecorder = new InstanceRecorder(needs);
  const recorder = instanceRecorder;
  const usage = new UsageMeter();
  const memoryBytes = memoryMb === 0 ? undefined : memoryMb * BYTES_A_MB;
  const live = new LiveInstances({ ...needs, recorder, usage, max, memoryBytes });
  const lanes = new Lanes({ ...needs, profiles: config.claudeProfiles });
  const tools = new AgentTools(needs.keys, config.dataFolder);
  const starter = new InstanceStarter({ ...needs, recorder, lanes, live, tools });
  const starts = new StartBreakers(clock);
  const shared = { ...needs, recorder, live, starter, starts, usage, lanes, alone: new OneAtATime() };
  const orders = new InstanceOrders(shared);
  const pool = new AgentPool({ ...shared, orders });
  const poolUpkeep = new PoolUpkeep({ ...shared, pool });
  const messageInTurn = (keyId: string): number | undefined =>
    live.all().find(({ run }) => keyIdOf(run.tag) === keyId)?.turn?.claimed.message.id;
  return { instanceRecorder, live, orders, pool, poolUpkeep, starts, usage, lanes, tools, messageInTurn };
};
