import type { TemplateService } from './agents/context/template-service.js';
import type { ChannelDirectory } from './channels/channel-directory.js';
import type { Memory } from './db/memory.js';
import type { Handle } from './db/statement.js';
import type { EventFeed } from './events/event-feed.js';
import type { EventStore } from './events/event-store.js';
import type { KeyService } from './keys/key-service.js';
import type { LoginSessionService } from './keys/login-session-service.js';
import type { Clock } from './lib/clock.js';
import type { ClaimWaiters } from './messages/claim-waiters.js';
import type { DelayedDeliveries } from './messages/delayed-deliveries.js';
import type { QueueDepths } from './messages/queue-depths.js';
import type { ReplyWaiters } from './messages/reply-waiters.js';
import type { SignatureService } from './messages/signature-service.js';
import type { ModuleDirectory } from './modules/module-directory.js';
import type { NodeCalls } from './nodes/node-calls.js';
import type { NodeService } from './nodes/node-service.js';
import type { WebhookService } from './webhooks/webhook-service.js';

export interface RememberingParts {
  readonly clock: Clock;
  readonly nodes: NodeService;
  readonly nodeCalls: NodeCalls;
  readonly modules: ModuleDirectory;
  readonly channels: ChannelDirectory;
  readonly keys: KeyService;
  readonly sessions: LoginSessionService;
  readonly signatures: SignatureService;
  readonly depths: QueueDepths;
  readonly claimWaiters: ClaimWaiters;
  readonly replyWaiters: ReplyWaiters;
  readonly delayed: DelayedDeliveries;
  readonly events: EventStore;
  readonly feed: EventFeed;
  readonly webhooks: WebhookService;
  readonly templates: TemplateService;
}

/** All that the hub keeps in memory and that another hub on its database may change. */
export const hubMemory = (parts: RememberingParts): Memory => {
  const {
    clock,
    nodes,
    nodeCalls,
    modules,
    channels,
    keys,
    signatures,
    depths,
    claimWaiters,
    replyWaiters,
    delayed,
    events,
    feed,
  } = parts;
  let isFirst = true;
  /** Whatever was missed may concern anybody. */
  const wakeEverybody = (): void => {
    claimWaiters.wakeEverybody();
    replyWaiters.wakeAll();
    delayed.expect(clock.now());
  };
  const load = async (read: Handle): Promise<void> => {
    for (const each of [nodes, modules, channels, keys, signatures, depths]) await each.load(read);
    parts.templates.forget();
    await feed.open(events, read);
    if (!isFirst) wakeEverybody();
    isFirst = false;
  };
  return {
    topics: [
      ...[nodes.came, nodes.went, nodeCalls.asked, nodeCalls.answered],
      ...[modules.changed, modules.removed, modules.seen],
      ...[channels.added, channels.configured, channels.subscribed, channels.unsubscribed, channels.forgotten],
      ...[keys.created, keys.revoked, parts.sessions.ended, signatures.changed],
      ...[depths.moved, depths.ended, claimWaiters.claimable, claimWaiters.claimed, claimWaiters.gone, delayed.due],
      ...[replyWaiters.answered, replyWaiters.awaited, events.appended, parts.webhooks.changed],
      parts.templates.changed,
    ],
    load,
    readRows: (read) => feed.readHeard(read),
  };
};
