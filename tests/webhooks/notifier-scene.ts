import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { EventStore } from '../../src/events/event-store.js';
import type { Clock } from '../../src/lib/clock.js';
import { EventNotifier } from '../../src/webhooks/event-notifier.js';
import { WebhookBreakers } from '../../src/webhooks/webhook-breakers.js';
import { WebhookClient } from '../../src/webhooks/webhook-client.js';
import { WebhookProgress } from '../../src/webhooks/webhook-progress.js';
import { WebhookService } from '../../src/webhooks/webhook-service.js';
import type { RetryLimits } from '../../src/webhooks/webhook-state.js';
import { openTestEvents } from '../support/test-events.js';
import { FakeClock } from '../support/test-hub.js';

const logger = pino({ level: 'silent' });

/** What tells webhooks, on a database of its own, with limits that a test can wait for. */
export const openNotifier = async (t: TestContext, limits: RetryLimits, clock: Clock = new FakeClock()) => {
  const { feed, database, write } = await openTestEvents(t);
  const events = new EventStore(database.read, (event) => feed.publish(event));
  const webhooks = new WebhookService({ database, events, feed, clock, hosts: ['127.0.0.1'] });
  await database.follow({ topics: [webhooks.changed], load: async () => {}, readRows: () => {} });
  const breakers = new WebhookBreakers(clock, logger);
  const notifier = new EventNotifier({
    database,
    webhooks,
    feed,
    clock,
    logger,
    breakers,
    limits,
    client: new WebhookClient(),
    progress: new WebhookProgress({ database, webhooks }),
    hosts: ['127.0.0.1'],
    epoch: 'epoch',
    isOnDuty: () => true,
  });
  await notifier.start();
  t.after(() => notifier.stop());
  return { webhooks, write, database };
};
