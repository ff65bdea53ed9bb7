import { join } from 'node:path';
import { agentEnvironment, agentLaunch, workingFolderOf } from './agents/agent-launch.js';
import { AgentRetentionService } from './agents/agent-retention-service.js';
import { ApprovalQuestions } from './agents/approvals/approval-questions.js';
import { ContextBuilder } from './agents/context/context-builder.js';
import { ContextService } from './agents/context/context-service.js';
import { readTemplateFiles } from './agents/context/template-files.js';
import { TemplateService } from './agents/context/template-service.js';
import { BudgetService } from './agents/costs/budget-service.js';
import { CostService } from './agents/costs/cost-service.js';
import { Dispatcher } from './agents/dispatcher.js';
import { createClaudeDriver } from './agents/drivers/claude-driver.js';
import { InstanceService } from './agents/instance-service.js';
import { probeTagOf } from './agents/leftovers.js';
import { ClaudeCheck } from './agents/probe/claude-check.js';
import { TurnRunner } from './agents/turn-runner.js';
import { TurnService } from './agents/turn-service.js';
import type { EventFeed } from './events/event-feed.js';
import type { EventStore } from './events/event-store.js';
import { tagPrefixOf } from './hub-nodes.js';
import type { buildBroker, Foundation } from './hub-parts.js';
import { buildPool } from './hub-pool.js';
import type { KeyService } from './keys/key-service.js';
import type { ModuleDirectory } from './modules/module-directory.js';
import type { MessageTasks } from './tasks/message-tasks.js';

interface AgentNeeds {
  readonly events: EventStore;
  readonly feed: EventFeed;
  readonly modules: ModuleDirectory;
  readonly broker: ReturnType<typeof buildBroker>;
  readonly keys: KeyService;
  readonly tracking: MessageTasks;
}

/** Everything about agents. */
export const buildAgents = (foundation: Foundation, needs: AgentNeeds) => {
  const { events, feed, modules, broker, keys, tracking } = needs;
  const { config, database, clock, logger } = foundation;
  const { deliveries, depths, claimWaiters, messages, conversations } = broker;
  const files = readTemplateFiles(config.templatesFolder, logger);
  const templates = new TemplateService({ database, events, clock, files });
  const builder = new ContextBuilder({ templates, budget: config.contextTokens });
  const contexts = new ContextService({ builder, templates, modules, messages, conversations });
  const launch = agentLaunch({
    program: config.claudeProgram,
    dataFolder: config.dataFolder,
    environment: config.environment,
    allowBypassPermissions: config.allowBypassPermissions,
  });
  const driver = createClaudeDriver();
  const { pool, poolUpkeep, live, orders, instanceRecorder, starts, usage, lanes, tools, messageInTurn } = buildPool({
    ...foundation,
    events,
    modules,
    driver,
    launch,
    systemPromptOf: (module) => contexts.system(module),
    tagPrefix: tagPrefixOf(foundation),
    keys,
  });
  const approvals = new ApprovalQuestions({
    database,
    events,
    feed,
    clock,
    modules,
    folderOf: (module) => workingFolderOf(module, config.dataFolder),
    timeoutMs: config.approvalTimeoutMs,
  });
  const shared = { database, events, clock, logger, modules, deliveries, pool, contexts };
  const runner = new TurnRunner({
    ...shared,
    instances: instanceRecorder,
    lanes,
    approvals,
    progress: tracking,
    fullPercent: config.contextFullPercent,
  });
  const budgets = new BudgetService({ database, events, clock, deliveries });
  const dispatcher = new Dispatcher({ ...shared, budgets, depths, waiters: claimWaiters, feed, runner });
  const turns = new TurnService({ database, feed });
  const instances = new InstanceService({ ...shared, live, orders, usage, conversations: broker.conversationChoice });
  const costs = new CostService({ database, clock });
  const claudeCheck = new ClaudeCheck({
    program: config.claudeProgram,
    environment: agentEnvironment(config),
    tag: probeTagOf(tagPrefixOf(foundation)),
    memoFile: join(config.dataFolder, 'claude-probe.json'),
    logger,
    hasAgents: () => modules.all().some(({ runtime }) => runtime.type === 'claude'),
  });
  return {
    pool,
    poolUpkeep,
    dispatcher,
    turns,
    instances,
    starts,
    lanes,
    templates,
    contexts,
    costs,
    agentRetention: new AgentRetentionService({ database, keepMessagesMs: config.keepMessagesMs }),
    claudeCheck,
    tools,
    messageInTurn,
  };
};
