import type { Database } from '../db/database.js';
import type { WebhookRow } from '../db/webhook-tables.js';
import { type Periodic, startPeriodic } from '../lib/periodic.js';
import { type FollowerParts, WebhookFollower } from './webhook-follower.js';
import type { WebhookService } from './webhook-service.js';
import { webhookStore } from './webhook-store.js';

export interface NotifierParts extends FollowerParts {
  readonly database: Database;
  readonly webhooks: WebhookService;
}

/** How often it is looked whether this hub delivers now, and whether all that are to be told are. */
const LOOK_MS = 1000;
/** What a post that is under way is given when the hub stops. */
const STOP_MS = 2000;
const UNREADABLE = 'the webhooks could not be read';

/** Tells every active webhook, each at its own pace. Of several hubs on a database the one that is on duty does it for all. */
export class EventNotifier {
  readonly #parts: NotifierParts;
  readonly #followers = new Map<number, WebhookFollower>();
  #looking: Periodic | undefined;
  #refreshing: Promise<void> | undefined;
  #isToRefresh = false;
  #isStopped = false;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    parts.feed.onPublished(() => this.#wakeAll());
    parts.webhooks.onChange((id) => this.#changed(id));
  }

  async start(): Promise<void> {
    const { logger } = this.#parts;
    await this.#refresh();
    this.#looking = startPeriodic(
      LOOK_MS,
      () => this.#refresh(),
      (error) => logger.error({ err: error }, UNREADABLE),
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#looking?.stop();
    await this.#refreshing;
    await this.#stopAll(STOP_MS);
    await this.#parts.client.close();
  }

  #wakeAll(): void {
    for (const follower of this.#followers.values()) follower.wake();
  }

  /** What was under way for it may not be wanted any more. */
  #changed(id: number): void {
    const stopped = this.#followers.get(id)?.stop(0) ?? Promise.resolve();
    if (this.#looking === undefined) return;
    stopped.then(() => this.#refresh()).catch((error: unknown) => this.#parts.logger.error({ err: error }, UNREADABLE));
  }

  /** One at a time; what changes meanwhile is looked at after it. */
  async #refresh(): Promise<void> {
    this.#isToRefresh = true;
    this.#refreshing ??= this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #refreshAll(): Promise<void> {
    while (this.#isToRefresh) {
      this.#isToRefresh = false;
      await this.#startMissing();
    }
  }

  async #startMissing(): Promise<void> {
    const { database, isOnDuty } = this.#parts;
    if (this.#isStopped) return;
    if (!isOnDuty()) return await this.#stopAll(0);
    for (const row of await webhookStore.all(database.read)) {
      if (this.#isStopped) return;
      if (row.state === 'active' && !this.#followers.has(row.id)) this.#follow(row);
    }
  }

  async #stopAll(patienceMs: number): Promise<void> {
    await Promise.all([...this.#followers.values()].map((follower) => follower.stop(patienceMs)));
  }

  #follow(row: WebhookRow): void {
    const follower = new WebhookFollower(row, this.#parts);
    this.#followers.set(row.id, follower);
    void follower.done.then(() => {
      this.#followers.delete(row.id);
    });
  }
}
