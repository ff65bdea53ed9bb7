import { ApprovalService } from './agents/approvals/approval-service.js';
import { conversationApprovals } from './agents/approvals/conversation-approvals.js';
import { conversationSessions } from './agents/conversation-sessions.js';
import { checkProfile } from './agents/lanes/claude-profiles.js';
import { lastWordOfAgents } from './agents/last-word.js';
import { checkBudget, checkPermissionMode, checkPermissions } from './agents/permission-check.js';
import { ChannelDirectory } from './channels/channel-directory.js';
import { ChannelService } from './channels/channel-service.js';
import type { Config } from './config.js';
import { ConversationChoice } from './conversations/conversation-choice.js';
import { recordMessages } from './conversations/conversation-log.js';
import { ConversationRetentionService } from './conversations/conversation-retention-service.js';
import { ConversationService } from './conversations/conversation-service.js';
import type { Database } from './db/database.js';
import { EventBroadcast } from './events/event-broadcast.js';
import { EventFeed } from './events/event-feed.js';
import { EventRetentionService } from './events/event-retention-service.js';
import { EventStore } from './events/event-store.js';
import { buildAccess } from './hub-access.js';
import { buildAgents } from './hub-agents.js';
import { buildNodes, tagPrefixOf } from './hub-nodes.js';
import { buildServerHealth, buildServers } from './hub-servers.js';
import { buildTasks } from './hub-tasks.js';
import { buildWebhooks } from './hub-webhooks.js';
import type { Clock } from './lib/clock.js';
import type { Logger } from './lib/logger.js';
import { ClaimWaiters } from './messages/claim-waiters.js';
import { ConversationMessages } from './messages/conversation-messages.js';
import { DeadLetterService } from './messages/dead-letter-service.js';
import { DelayedDeliveries } from './messages/delayed-deliveries.js';
import { DeliveryService } from './messages/delivery-service.js';
import { DeliveryVerbs } from './messages/delivery-verbs.js';
import { FairOrder } from './messages/fair-order.js';
import { IdempotentSend } from './messages/idempotent-send.js';
import { LateDeliveries } from './messages/late-deliveries.js';
import { MessageSender } from './messages/message-sender.js';
import { MessageService } from './messages/message-service.js';
import type { MessageTracing } from './messages/message-tracing.js';
import { MessageWriter } from './messages/message-writer.js';
import { QueueDepths } from './messages/queue-depths.js';
import { QueueSettings } from './messages/queue-settings.js';
import { ReplayService } from './messages/replay-service.js';
import { ReplyWaiters } from './messages/reply-waiters.js';
import { ReplyWriter } from './messages/reply-writer.js';
import { RescueService } from './messages/rescue-service.js';
import { SendLimits } from './messages/send-limits.js';
import { SignatureService } from './messages/signature-service.js';
import { UpkeepService } from './messages/upkeep-service.js';
import { ModuleDirectory } from './modules/module-directory.js';
import { type DescriptorCheck, ModuleService } from './modules/module-service.js';
import { MessageTasks } from './tasks/message-tasks.js';
import { checkWebhook } from './webhooks/webhook-check.js';

/** What everything else is built from. */
export interface Foundation {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Id of the database, and of every copy of it. */
  readonly databaseId: string;
  /** Without it numbers of events say nothing. */
  readonly epoch: string;
  /** The database was found to be an older copy. */
  readonly isRestored: boolean;
  readonly adminKey: string;
  /** Only where somebody asked for traces. */
  readonly tracing?: MessageTracing | undefined;
}

export type HubParts = ReturnType<typeof buildParts>;

/** Builds every part and hands each what it needs, from the left of the architecture to the right. Starts nothing. */
export const buildParts = (foundation: Foundation) => {
  const { config, database, clock, epoch } = foundation;
  const feed = new EventFeed();
  const broadcast = new EventBroadcast(feed);
  const events = new EventStore(
    database.read,
    (event) => feed.publish(event),
    (seq) => feed.heardOf(seq),
  );
  const health = buildServerHealth(clock, foundation.logger);
  const modules: ModuleDirectory = new ModuleDirectory(clock, {
    staleAfterMs: config.staleAfterMs,
    offlineAfterMs: config.offlineAfterMs,
    isFailing: (name) => health.isFailing(modules.find(name)),
  });
  const channels = new ChannelDirectory();
  const tracking = new MessageTasks(events, modules);
  const broker = buildBroker(foundation, { events, modules, channels }, tracking);
  const access = buildAccess(foundation, events);
  const { keys } = access;
  const { rescue } = broker;
  const approvals = new ApprovalService({ database, events, clock, keepMs: config.keepMessagesMs });
  const openDeliveries = { count: rescue.countOpen.bind(rescue), bury: rescue.bury.bind(rescue) };
  const forget = [
    broker.channelService.forget.bind(broker.channelService),
    broker.deliveries.forget.bind(broker.deliveries),
    keys.forgetModule.bind(keys),
    broker.signatures.forget.bind(broker.signatures),
    approvals.forgetModule.bind(approvals),
  ];
  const checks: DescriptorCheck[] = [
    (descriptor) => checkWebhook(descriptor, config.webhookHosts),
    (descriptor) => checkPermissionMode(descriptor, config.allowBypassPermissions),
    (descriptor) => checkProfile(descriptor, config.claudeProfiles),
    checkPermissions,
    checkBudget,
  ];
  const moduleService = new ModuleService({
    database,
    directory: modules,
    events,
    clock,
    openDeliveries,
    forget,
    checks,
  });
  const { messages } = broker;
  const tracked = buildTasks({ database, events, clock, modules, messages, keepMessagesMs: config.keepMessagesMs });
  const agents = buildAgents(foundation, { events, feed, modules, broker, keys, tracking });
  const servers = buildServers({
    ...foundation,
    ...broker,
    waiters: broker.claimWaiters,
    feed,
    modules,
    channels,
    health,
    tagPrefix: tagPrefixOf(foundation),
  });
  const { breakers } = health;
  const registry = { events, modules, channels, moduleService, ...access, approvals };
  const others = buildNodes(foundation, registry);
  const isOnDuty = (): boolean => others.nodes.isOnDuty;
  const told = buildWebhooks(foundation, { events, feed, breakers, isOnDuty });
  const doing = { ...broker, ...tracked, ...agents, servers, breakers };
  return { ...foundation, epoch, feed, broadcast, ...registry, ...others, ...told, ...doing };
};

interface Registry {
  readonly events: EventStore;
  readonly modules: ModuleDirectory;
  readonly channels: ChannelDirectory;
}

export const buildBroker = (
  { config, database, clock, tracing }: Foundation,
  { events, modules, channels }: Registry,
  tracking: MessageTasks,
) => {
  const depths = new QueueDepths();
  const claimWaiters = new ClaimWaiters();
  const replyWaiters = new ReplyWaiters(clock);
  const delayed = new DelayedDeliveries({ database, waiters: claimWaiters, clock });
  const settings = new QueueSettings(modules, channels);
  const fair = new FairOrder((queue) => settings.isFair(queue));
  const limits = new SendLimits({ clock, depths, limitOf: (queue) => settings.maxPending(queue) });
  const moving = { events, depths, claimWaiters, replyWaiters, delayed, tracking };
  const writer = new MessageWriter({ ...moving, fair, recordMessages, tracing });
  const replies = new ReplyWriter(writer, modules);
  const verbs = new DeliveryVerbs(moving);
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
    fair,
    tracing,
  });
  const rescue = new RescueService({ database, verbs, clock, replies, lastWord: lastWordOfAgents({ modules, clock }) });
  const late = new LateDeliveries({ database, clock, writer });
  const channelService = new ChannelService({ database, events, clock, modules, channels, late });
  const signatures = new SignatureService({ database, events, clock });
  const conversationChoice = new ConversationChoice(events);
  const sender = new MessageSender({
    clock,
    modules,
    channels,
    depths,
    writer,
    conversations: conversationChoice,
    channelService,
    limits,
    signatures,
  });
  const messages = new MessageService({
    database,
    events,
    clock,
    modules,
    sender,
    replies,
    replyWaiters,
    verbs,
  });
  const once = new IdempotentSend({ database, sender, clock });
  const upkeep = new UpkeepService({ database, clock, depths, fair, settings: config });
  const replays = new ReplayService({ database, events, clock, modules, writer });
  const retention = new EventRetentionService({ database, events, settings: config });
  const deadLetters = new DeadLetterService({ database, verbs, clock });
  const followers = [conversationSessions, conversationApprovals];
  const { keepMessagesMs } = config;
  const conversationRetention = new ConversationRetentionService({ database, keepMessagesMs, followers });
  const conversations = new ConversationService({
    database,
    events,
    clock,
    modules,
    messages: new ConversationMessages({ verbs, clock }),
    followers,
  });
  return {
    depths,
    claimWaiters,
    replyWaiters,
    delayed,
    deliveries,
    rescue,
    messages,
    once,
    signatures,
    upkeep,
    replays,
    retention,
    deadLetters,
    channelService,
    conversations,
    conversationRetention,
    conversationChoice,
  };
};
