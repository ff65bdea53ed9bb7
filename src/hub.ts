import { setMaxListeners } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { leaveSessions, recoverAgents } from './agents/agent-recovery.js';
import { tellRefused } from './agents/context/template-files.js';
import type { Config } from './config.js';
import { migrate } from './db/migrate.js';
import { openDatabase } from './db/open-database.js';
import { lockDataFolder } from './db/sqlite/data-lock.js';
import { StatementProfile } from './db/statement-profile.js';
import { closeServer } from './http/close-server.js';
import { type App, buildServer } from './http/server.js';
import { closeCodes, type SocketSession } from './http/socket-session.js';
import { forwardToOwner, serveForwarded } from './hub-forward.js';
import { identify, startMarking } from './hub-mark.js';
import { hubMemory } from './hub-memory.js';
import { buildMetrics } from './hub-metrics.js';
import { nodeUpkeep, tagPrefixOf } from './hub-nodes.js';
import { buildParts, type HubParts } from './hub-parts.js';
import { hubRoutes } from './hub-routes.js';
import { type AdminKey, loadAdminKey } from './keys/admin-key.js';
import { type Clock, systemClock, toRfc3339 } from './lib/clock.js';
import type { Logger } from './lib/logger.js';
import { patiently } from './lib/patience.js';
import type { Periodic } from './lib/periodic.js';
import { migrations } from './migrations/migration-list.js';
import { parseDescriptorText } from './modules/descriptor-file.js';
import { ModuleFolder } from './modules/module-folder.js';
import { enrolNode } from './nodes/node-enrolment.js';
import { loadNodeName } from './nodes/node-name.js';
import { agePriorities } from './sweeps/age-priorities.js';
import { expireMessages } from './sweeps/expire-messages.js';
import { forgetFairRanks } from './sweeps/forget-fair-ranks.js';
import { pruneApprovals } from './sweeps/prune-approvals.js';
import { pruneConversations } from './sweeps/prune-conversations.js';
import { pruneCosts } from './sweeps/prune-costs.js';
import { pruneEvents } from './sweeps/prune-events.js';
import { pruneIdempotencyKeys } from './sweeps/prune-idempotency-keys.js';
import { pruneInstances } from './sweeps/prune-instances.js';
import { pruneLoginSessions } from './sweeps/prune-login-sessions.js';
import { pruneMessages } from './sweeps/prune-messages.js';
import { pruneTasks } from './sweeps/prune-tasks.js';
import { pruneTurns } from './sweeps/prune-turns.js';
import { pruneWebhookDeliveries } from './sweeps/prune-webhook-deliveries.js';
import { rescueLeases } from './sweeps/rescue-leases.js';
import { startSweeps } from './sweeps/sweeper.js';
import { timeOutApprovals } from './sweeps/time-out-approvals.js';
import { VERSION } from './version.js';

/** How long a start waits for a database that is busy with the writes of other hubs. */
const START_MS = 30_000;

export interface Hub {
  readonly url: string;
  readonly adminKey: AdminKey;
  /** The HTTP server, for those who ask without a socket. */
  readonly app: App;
  /** Graceful and complete when it returns. Idempotent. */
  stop(): Promise<void>;
}

export interface HubOptions {
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** Another hub has the data folder. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
}

/** Builds and starts a hub: every part in its order, and the same parts in reverse when it stops. @throws DataFolderInUse */
export const startHub = async (config: Config, { logger, clock = systemClock }: HubOptions): Promise<Hub> => {
  const lock = lockDataFolder(config.dataFolder);
  if (lock === undefined) throw new DataFolderInUse(`Another hub is running on ${config.dataFolder}.`);
  const closers: (() => unknown)[] = [() => lock.release()];
  const undo = async (): Promise<void> => {
    for (const close of closers.reverse()) await close();
  };
  try {
    const { dataFolder, durability, databaseUrl, isNotified } = config;
    const profile = new StatementProfile({
      slowMs: config.slowStatementMs,
      onSlow: (slow) => logger.warn(slow, 'a statement of the database was slow'),
    });
    const database = await openDatabase({ folder: dataFolder, durability, url: databaseUrl, isNotified, profile });
    closers.push(() => database.close());
    await migrate(database, migrations);
    const name = loadNodeName(dataFolder);
    database.join(await patiently(START_MS, () => enrolNode(database, name, clock.now())));
    const adminKey = loadAdminKey(config.dataFolder, config.adminKey);
    const tracing = await startTracing(config);
    const identity = await identify(database, config, { logger, forMs: START_MS });
    const parts = buildParts({
      ...identity,
      config,
      database,
      clock,
      logger,
      adminKey: adminKey.key,
      tracing,
    });
    await load(parts);
    tracing?.follow(parts.feed);
    closers.push(() => tracing?.stop());
    const { app, url, stop } = await run(parts);
    closers.push(stop);
    let stopping: Promise<void> | undefined;
    return {
      url,
      adminKey,
      app,
      stop: () => {
        stopping ??= undo();
        return stopping;
      },
    };
  } catch (error) {
    await undo();
    throw error;
  }
};

/** Brings what is kept in memory up to the database, and mends what a killed hub has left. */
const load = async (parts: HubParts): Promise<void> => {
  const { config, database, events, rescue, clock, logger } = parts;
  const memory = hubMemory(parts);
  await patiently(START_MS, () => database.follow(memory));
  const refusedFiles = await patiently(START_MS, () => parts.templates.refuseFaultyFiles());
  for (const refused of refusedFiles) tellRefused(logger, refused);
  const recovered = await patiently(START_MS, () =>
    recoverAgents({ database, events, clock, rescue, tagPrefix: tagPrefixOf(parts) }),
  );
  if (recovered.instances + recovered.processes > 0) logger.warn(recovered, 'ended what a killed hub had left running');
  if (config.agentsMax > 0 || database.catchUp === undefined) return;
  const sessions = await patiently(START_MS, () => leaveSessions(database));
  if (sessions > 0) logger.warn({ sessions }, 'left its conversations to the hubs that run agents');
};

/** Its packages are loaded only where traces are asked for. */
const startTracing = async ({ tracesEndpoint: endpoint }: Config) => {
  if (endpoint === undefined) return undefined;
  const { HubTracing } = await import('./tracing/hub-tracing.js');
  return new HubTracing({ endpoint, version: VERSION });
};

interface Running {
  readonly app: App;
  readonly url: string;
  stop(): Promise<void>;
}

const run = async (parts: HubParts): Promise<Running> => {
  const { config, database, clock, logger, dispatcher, servers, pool, poolUpkeep, delayed, deliveries, events } = parts;
  const { notifier, claudeCheck } = parts;
  const sessions = new Set<SocketSession>();
  const openEventStreams = new Set<object>();
  const metrics = buildMetrics(parts, { sessions, openEventStreams });
  const drain = new AbortController();
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  let isDraining = true;
  const life = {
    startedAt: clock.now(),
    isDraining: () => isDraining,
    draining: drain.signal,
    end: end.signal,
    sessions,
    metrics,
  };
  const routes = hubRoutes(parts, life);
  const app = await buildServer({
    authenticators: parts,
    allowedHosts: [config.host, ...config.allowedHosts],
    logger,
    isDraining: () => isDraining,
    end: end.signal,
    parseYaml: parseDescriptorText,
    routes,
    openEventStreams,
    catchUp: database.catchUp,
    forward: database.catchUp === undefined ? undefined : forwardToOwner(parts),
  });
  serveForwarded(parts, app);
  const folder =
    config.modulesFolder === undefined
      ? undefined
      : new ModuleFolder({ folder: config.modulesFolder, modules: parts.moduleService, logger });
  const infoFile = join(config.dataFolder, 'hub.json');
  const record = (type: 'hub.started' | 'hub.stopping', data: object): Promise<void> =>
    database.write((tx) => events.append(tx, { type, at: clock.now(), data }));
  let periodic: Periodic[] = [];
  /** Also of a hub that has come only half way. */
  const stop = async (): Promise<void> => {
    const wasReady = !isDraining;
    isDraining = true;
    drain.abort();
    rmSync(infoFile, { force: true });
    if (wasReady)
      await record('hub.stopping', {}).catch((error) => logger.error({ err: error }, 'the stop is not in the log'));
    deliveries.stopWaiting();
    await Promise.all([dispatcher, ...servers].map((each) => each.stop(config.drainMs)));
    await notifier.stop();
    end.abort();
    metrics.stop();
    for (const session of sessions) session.close(closeCodes.draining, 'the hub is stopping');
    await claudeCheck.stop();
    await poolUpkeep.stop();
    await pool.stop();
    await folder?.stop();
    await closeServer(app);
    await Promise.all(periodic.map((each) => each.stop()));
    await delayed.stop();
    await parts.nodes.leave().catch((error) => logger.error({ err: error }, 'the other hubs do not know of the stop'));
  };
  try {
    const url = await listen(app, config);
    const arrival = { url, version: VERSION, pid: process.pid, adminKeyHash: parts.keys.adminKeyHash };
    await patiently(START_MS, () => parts.nodes.arrive(arrival));
    await patiently(START_MS, () => parts.nodes.start(nodeUpkeep(parts)));
    metrics.start();
    await parts.tools.open(url);
    await folder?.start();
    await patiently(START_MS, () => delayed.promote());
    periodic = [...startBackground(parts), startMarking(parts, parts.feed)];
    dispatcher.start();
    poolUpkeep.start();
    if (config.agentsMax > 0) claudeCheck.start();
    for (const server of servers) server.start();
    await patiently(START_MS, () => notifier.start());
    await patiently(START_MS, () =>
      record('hub.started', { version: VERSION, pid: process.pid, ...(parts.isRestored ? { restored: true } : {}) }),
    );
    isDraining = false;
    writeHubFile(infoFile, url, clock.now());
    return { app, url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const startBackground = ({
  nodes,
  rescue,
  upkeep,
  retention,
  webhookRetention,
  taskRetention,
  agentRetention,
  conversationRetention,
  approvals,
  sessions,
  clock,
  logger,
}: HubParts): Periodic[] => [
  ...startSweeps(
    [
      rescueLeases(rescue),
      expireMessages(rescue),
      agePriorities(upkeep),
      pruneMessages(upkeep),
      pruneTasks(taskRetention),
      pruneTurns(agentRetention),
      pruneInstances(agentRetention),
      pruneCosts(agentRetention),
      pruneConversations(conversationRetention),
      pruneIdempotencyKeys(upkeep),
      forgetFairRanks(upkeep),
      pruneEvents(retention),
      pruneWebhookDeliveries(webhookRetention),
      timeOutApprovals(approvals),
      pruneApprovals(approvals),
      pruneLoginSessions(sessions),
    ],
    { clock, logger, isOnDuty: () => nodes.isOnDuty },
  ),
];

const listen = async (app: App, { host, port }: Config): Promise<string> => {
  await app.listen({ host, port });
  const { port: bound } = app.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
};

/** Where clients on this machine find the hub. */
const writeHubFile = (file: string, url: string, now: number): void =>
  writeFileSync(file, `${JSON.stringify({ url, pid: process.pid, version: VERSION, startedAt: toRfc3339(now) })}\n`);
