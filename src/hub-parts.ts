import { agentLaunch } from './agents/agent-launch.js';
import { AgentPool } from './agents/agent-pool.js';
import { Dispatcher } from './agents/dispatcher.js';
import { createClaudeDriver } from './agents/drivers/claude-driver.js';
import { TurnRunner } from './agents/turn-runner.js';
import { TurnService } from './agents/turn-service.js';
import { ChannelDirectory } from './channels/channel-directory.js';
import { ChannelService } from './channels/channel-service.js';
import type { Config } from './config.js';
import { ConversationService } from './conversations/conversation-service.js';
import type { Database } from './db/database.js';
import { EventFeed } from './events/event-feed.js';
import { EventStore } from './events/event-store.js';
import { KeyService } from './keys/key-service.js';
import type { Clock } from './lib/clock.js';
import type { Logger } from './lib/logger.js';
import { ClaimWaiters } from './messages/claim-waiters.js';
import { DeadLetterService } from './messages/dead-letter-service.js';
import { DelayedDeliveries } from './messages/delayed-deliveries.js';
import { DeliveryService } from './messages/delivery-service.js';
import { DeliveryVerbs } from './messages/delivery-verbs.js';
import { deliverLate } from './messages/late-deliveries.js';
import { MessageService } from './messages/message-service.js';
import { MessageWriter } from './messages/message-writer.js';
import { QueueDepths } from './messages/queue-depths.js';
import { ReplyWaiters } from './messages/reply-waiters.js';
import { ReplyWriter } from './messages/reply-writer.js';
import { RescueService } from './messages/rescue-service.js';
import { ModuleDirectory } from './modules/module-directory.js';
import { ModuleService } from './modules/module-service.js';

/** What everything else is built from. */
export interface Foundation {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Id of the database. */
  readonly epoch: string;
  readonly adminKey: string;
}

const AGENT_IDLE_MS = 15 * 60_000;

/** Starts the tag of every process that a hub on this database has started. */
export const tagPrefixOf = (epoch: string): string => `${epoch}.`;

export type HubParts = ReturnType<typeof buildParts>;

/** Builds every part and hands each what it needs, from the left of the architecture to the right. Starts nothing. */
export const buildParts = (foundation: Foundation) => {
  const { config, database, clock, epoch, adminKey } = foundation;
  const feed = new EventFeed();
  const events = new EventStore(database.read, (event) => feed.publish(event));
  const modules = new ModuleDirectory(clock, {
    staleAfterMs: config.staleAfterMs,
    offlineAfterMs: config.offlineAfterMs,
  });
  const channels = new ChannelDirectory();
  const broker = buildBroker(foundation, { events, modules, channels });
  const keys = new KeyService({ database, events, clock, adminKey });
  const { rescue } = broker;
  const openDeliveries = { count: rescue.countOpen.bind(rescue), bury: rescue.bury.bind(rescue) };
  const moduleService = new ModuleService({ database, directory: modules, events, clock, openDeliveries });
  const agents = buildAgents(foundation, { events, feed, modules, broker });
  return { ...foundation, epoch, feed, events, modules, channels, moduleService, keys, ...broker, ...agents };
};

interface Registry {
  readonly events: EventStore;
  readonly modules: ModuleDirectory;
  readonly channels: ChannelDirectory;
}

const buildBroker = ({ database, clock }: Foundation, { events, modules, channels }: Registry) => {
  const depths = new QueueDepths();
  const claimWaiters = new ClaimWaiters();
  const replyWaiters = new ReplyWaiters();
  const delayed = new DelayedDeliveries({ database, waiters: claimWaiters, clock });
  const writer = new MessageWriter({ events, depths, claimWaiters, replyWaiters, delayed });
  const replies = new ReplyWriter(writer, modules);
  const verbs = new DeliveryVerbs({ events, depths, claimWaiters, replyWaiters, delayed });
  const deliveries = new DeliveryService({
    database,
    events,
    clock,
    modules,
    channels,
    depths,
    claimWaiters,
    verbs,
    replies,
  });
  const rescue = new RescueService({ database, verbs, clock });
  const late = { deliver: deliverLate.bind(undefined, writer) };
  const channelService = new ChannelService({ database, events, clock, modules, channels, late });
  const conversations = new ConversationService(events);
  const messages = new MessageService({
    database,
    events,
    clock,
    modules,
    channels,
    depths,
    writer,
    replies,
    replyWaiters,
    verbs,
    deliveries,
    conversations,
    channelMaker: channelService,
  });
  const deadLetters = new DeadLetterService({ database, verbs, clock });
  return { depths, claimWaiters, delayed, deliveries, rescue, messages, deadLetters, channelService };
};

interface AgentNeeds {
  readonly events: EventStore;
  readonly feed: EventFeed;
  readonly modules: ModuleDirectory;
  readonly broker: ReturnType<typeof buildBroker>;
}

const buildAgents = (
  { config, database, clock, logger, epoch }: Foundation,
  { events, feed, modules, broker }: AgentNeeds,
) => {
  const { deliveries, depths, claimWaiters } = broker;
  const launch = agentLaunch({
    program: config.claudeProgram,
    dataFolder: config.dataFolder,
    environment: config.environment,
    allowBypassPermissions: config.allowBypassPermissions,
  });
  const driver = createClaudeDriver();
  const pool = new AgentPool({
    database,
    events,
    clock,
    logger,
    driver,
    launch,
    max: config.agentsMax,
    tagPrefix: tagPrefixOf(epoch),
    idleMs: AGENT_IDLE_MS,
  });
  const runner = new TurnRunner({ database, events, clock, logger, modules, deliveries, pool });
  const dispatcher = new Dispatcher({ modules, deliveries, depths, waiters: claimWaiters, feed, pool, runner, logger });
  const turns = new TurnService({ database, feed });
  return { pool, dispatcher, turns };
};
