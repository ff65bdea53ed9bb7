import { randomBytes } from 'node:crypto';
import type { Database } from '../db/database.js';
import { topic } from '../db/memory.js';
import type { Transaction } from '../db/statement.js';
import type { WebhookRow } from '../db/webhook-tables.js';
import type { EventFeed } from '../events/event-feed.js';
import { type EventFilterView, filterOf } from '../events/event-schema.js';
import type { EventStore } from '../events/event-store.js';
import { requireKept } from '../events/kept-events.js';
import { keepActing } from '../lib/acting-key.js';
import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { fromPublicId, toPublicId } from '../lib/public-id.js';
import { urlProblem } from './webhook-check.js';
import { webhookDeliveryStore } from './webhook-delivery-store.js';
import { deliveryView, webhookView } from './webhook-json.js';
import type { CreatedWebhook, NewWebhook, WebhookDeliveryView, WebhookView } from './webhook-schema.js';
import type { PauseReason } from './webhook-state.js';
import { webhookStore } from './webhook-store.js';

/** Each reads the whole log at its own pace. */
const MOST_WEBHOOKS = 100;
const SECRET_BYTES = 24;

export interface WebhookServiceParts {
  readonly database: Database;
  readonly events: EventStore;
  readonly feed: EventFeed;
  readonly clock: Clock;
  /** Those that the operator allows. */
  readonly hosts: readonly string[];
}

export interface LogPage {
  readonly items: readonly WebhookDeliveryView[];
  readonly nextCursor: string | null;
}

/** Who is told of events: made, paused, resumed and deleted by requests, and paused by the hub where it cannot tell them. */
export class WebhookService {
  /** Key of a webhook that is there, gone, paused or active since now. */
  readonly changed = topic<number>('webhook', (id) => {
    for (const listener of this.#listeners) listener(id);
  });
  readonly #parts: WebhookServiceParts;
  readonly #listeners: ((id: number) => void)[] = [];

  constructor(parts: WebhookServiceParts) {
    this.#parts = parts;
  }

  /** Calls after the commit, of whichever hub, until the hub ends. */
  onChange(listener: (id: number) => void): void {
    this.#listeners.push(listener);
  }

  /** @throws invalid_request, conflict where there are too many, cursor_expired */
  async create({
    url,
    description = null,
    filter = {},
    after,
    secret = newSecret(),
  }: ToCreate): Promise<CreatedWebhook> {
    const { database, events, feed, clock, hosts } = this.#parts;
    const problem = urlProblem(url, hosts);
    if (problem !== undefined)
      throw new HubError('invalid_request', `The webhook cannot be used: /url ${problem}.`, {
        errors: [{ pointer: '/url', message: problem }],
      });
    filterOf(filter);
    const forWhom = keepActing();
    await requireKept(feed, after);
    const work = async (tx: Transaction): Promise<CreatedWebhook> => {
      if ((await webhookStore.all(tx)).length >= MOST_WEBHOOKS)
        throw new HubError('conflict', `There are ${MOST_WEBHOOKS} webhooks already.`);
      const id = await webhookStore.insert(tx, {
        url,
        description,
        filter: JSON.stringify(withListedTypes(filter)),
        secret,
        cursor: after ?? (await events.bounds(tx)).lastSeq,
        created_by: tx.keyId,
        created_at: clock.now(),
      });
      const row = (await webhookStore.find(tx, id))!;
      const { filter: shown } = webhookView(row);
      const data = { webhook: toPublicId('hook', id), host: new URL(url).host, filter: shown };
      await events.append(tx, { type: 'webhook.created', at: row.created_at, data });
      tx.tell(this.changed, id);
      return { ...webhookView(row), secret };
    };
    return await forWhom(() => database.write(work));
  }

  /** In the order in which they were made. */
  async list(): Promise<WebhookView[]> {
    return (await webhookStore.all(this.#parts.database.read)).map(webhookView);
  }

  async get(publicId: string): Promise<WebhookView> {
    const row = await webhookStore.find(this.#parts.database.read, keyOf(publicId));
    if (row === undefined) throw notFound(publicId);
    return webhookView(row);
  }

  /** Its log goes with it. */
  async remove(publicId: string): Promise<void> {
    const { database, events, clock } = this.#parts;
    const id = keyOf(publicId);
    await database.write(async (tx) => {
      if ((await webhookStore.remove(tx, id)) === 0) throw notFound(publicId);
      await webhookDeliveryStore.removeOf(tx, id);
      await events.append(tx, { type: 'webhook.deleted', at: clock.now(), data: { webhook: publicId } });
      tx.tell(this.changed, id);
    });
  }

  /** Nothing more where it is paused already. */
  async pause(publicId: string): Promise<WebhookView> {
    return await this.#change(publicId, async (tx, { id }) => void (await this.pauseIn(tx, id, { reason: 'asked' })));
  }

  /** Goes on from where it was, and at once. */
  async resume(publicId: string): Promise<WebhookView> {
    const { events, clock } = this.#parts;
    return await this.#change(publicId, async (tx, { id }) => {
      if ((await webhookStore.resume(tx, id, clock.now())) === 0) return;
      await events.append(tx, { type: 'webhook.resumed', at: clock.now(), data: { webhook: publicId } });
      tx.tell(this.changed, id);
    });
  }

  async pauseIn(tx: Transaction, id: number, { reason, error }: Pausing): Promise<void> {
    const { events, clock } = this.#parts;
    const now = clock.now();
    if ((await webhookStore.pause(tx, { id, reason, now })) === 0) return;
    const data = { webhook: toPublicId('hook', id), reason, error };
    await events.append(tx, { type: 'webhook.paused', at: now, data });
    tx.tell(this.changed, id);
  }

  /** What came of telling it, newest first. */
  async log(publicId: string, { below, limit }: { below: number | undefined; limit: number }): Promise<LogPage> {
    const { read } = this.#parts.database;
    const id = keyOf(publicId);
    if ((await webhookStore.find(read, id)) === undefined) throw notFound(publicId);
    const rows = await webhookDeliveryStore.list(read, id, below ?? Number.MAX_SAFE_INTEGER, limit);
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return { items: rows.map(deliveryView), nextCursor: last === undefined ? null : String(last.id) };
  }

  async #change(publicId: string, change: (tx: Transaction, row: WebhookRow) => Promise<void>): Promise<WebhookView> {
    const id = keyOf(publicId);
    return await this.#parts.database.write(async (tx) => {
      const row = await webhookStore.find(tx, id);
      if (row === undefined) throw notFound(publicId);
      await change(tx, row);
      return webhookView((await webhookStore.find(tx, id))!);
    });
  }
}

type ToCreate = Omit<NewWebhook, 'description'> & { readonly description?: string | null };

interface Pausing {
  readonly reason: PauseReason;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

const newSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;

const withListedTypes = ({ types, ...others }: EventFilterView): EventFilterView => ({
  ...(types === undefined ? {} : { types: typeof types === 'string' ? types.split(',') : types }),
  ...others,
});

const keyOf = (publicId: string): number => {
  const key = fromPublicId('hook', publicId);
  if (key === undefined) throw notFound(publicId);
  return key;
};

const notFound = (publicId: string): HubError =>
  new HubError('webhook_not_found', `There is no webhook ${JSON.stringify(publicId)}.`);
