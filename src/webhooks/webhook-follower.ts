import { setTimeout as pause } from 'node:timers/promises';
import type { WebhookRow } from '../db/webhook-tables.js';
import type { EventFeed } from '../events/event-feed.js';
import { matchesFilter } from '../events/event-filter.js';
import { type EventFilterView, filterOf } from '../events/event-schema.js';
import type { StoredEvent } from '../events/event-types.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { Wakeable } from '../lib/wakeable.js';
import { nextEvents } from './event-batch.js';
import { eventCall } from './event-call.js';
import { endpointOf, type WebhookBreakers } from './webhook-breakers.js';
import { urlProblem } from './webhook-check.js';
import type { WebhookClient } from './webhook-client.js';
import type { WebhookProgress } from './webhook-progress.js';
import { afterFailure, type RetryLimits } from './webhook-state.js';
import { judge } from './webhook-verdict.js';

export interface FollowerParts {
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly client: WebhookClient;
  readonly breakers: WebhookBreakers;
  readonly progress: WebhookProgress;
  readonly hosts: readonly string[];
  readonly epoch: string;
  readonly limits: RetryLimits;
  /** Whether this hub is still the one that delivers. */
  readonly isOnDuty: () => boolean;
}

/** How long to wait until it is looked again, where nothing tells when. */
const LOOK_AGAIN_MS = 1000;
/** Where it is, of a webhook that wants little, is written so often, or after so many events. */
const WRITE_PLACE_MS = 10_000;
const WRITE_PLACE_EVENTS = 1000;

/** Tells one webhook of the events that fit, one post after the other, from where it was; until it is stopped, or not this hub's to tell. */
export class WebhookFollower {
  /** Resolves when it tells no more. */
  readonly done: Promise<void>;
  readonly #parts: FollowerParts;
  readonly #matches: (event: StoredEvent) => boolean;
  readonly #woken = new Wakeable();
  /** No further post is begun. */
  readonly #ended = new AbortController();
  /** The one under way is given up. */
  readonly #givenUp = new AbortController();
  /** As it is written; undefined when it is not this hub's to tell any more. */
  #row: WebhookRow | undefined;
  #scannedTo: number;
  #writtenAt = performance.now();

  constructor(row: WebhookRow, parts: FollowerParts) {
    this.#parts = parts;
    this.#row = row;
    this.#scannedTo = row.cursor;
    this.#matches = matchesFilter(filterOf(JSON.parse(row.filter) as EventFilterView));
    this.done = this.#follow();
  }

  /** There are events that it may want. */
  wake(): void {
    this.#woken.wake();
  }

  /** Lets the post under way end for so long. */
  async stop(patienceMs: number): Promise<void> {
    this.#ended.abort();
    const timer = setTimeout(() => this.#givenUp.abort(), patienceMs);
    await this.done;
    clearTimeout(timer);
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ended;
    while (this.#row !== undefined && !signal.aborted && this.#parts.isOnDuty())
      await this.#step(this.#row).catch((error: unknown) => this.#rest(error));
    if (this.#row !== undefined) await this.#keepPlace(this.#row).catch(() => undefined);
  }

  /** What could not be written is done again. */
  async #rest(error: unknown): Promise<void> {
    this.#parts.logger.error({ err: error, webhook: this.#row?.id }, 'a webhook could not be told of events');
    await this.#wait(LOOK_AGAIN_MS);
  }

  async #step(row: WebhookRow): Promise<void> {
    const { feed, clock, logger, progress } = this.#parts;
    this.#woken.take();
    const after = this.#scannedTo;
    const next = await nextEvents(feed, { after, upTo: row.batch_to ?? undefined, matches: this.#matches });
    if (next.kind === 'batch') return await this.#post(row, next.events);
    if (next.kind === 'missed') {
      logger.warn({ webhook: row.id, after, oldestSeq: next.oldestSeq }, 'a webhook has missed events');
      return this.#goOn(await progress.missed(row, { oldestSeq: next.oldestSeq, at: clock.now() }));
    }
    this.#scannedTo = next.scannedTo;
    if (this.#isPlaceOld(row)) await this.#keepPlace(row);
    if (next.isEnd) await this.#woken.wait(LOOK_AGAIN_MS, this.#ended.signal);
    else await new Promise(setImmediate);
  }

  async #post(row: WebhookRow, events: readonly [StoredEvent, ...StoredEvent[]]): Promise<void> {
    const { breakers, client, clock, epoch, hosts, limits, progress } = this.#parts;
    const problem = urlProblem(row.url, hosts);
    if (problem !== undefined) return this.#goOn(await progress.notAllowed(row, `The url of the webhook ${problem}.`));
    const attempt = breakers.begin(endpointOf(row.url));
    if (attempt === undefined) return await this.#wait(LOOK_AGAIN_MS);
    const at = clock.now();
    const beganAt = performance.now();
    const call = eventCall({ webhook: row, events, epoch, now: at });
    const answer = await client.post({ ...call, signal: this.#givenUp.signal });
    const { outcome, verdict } = judge(answer, clock.now());
    attempt.end(verdict);
    if (answer.kind === 'abandoned') return;
    const status = answer.kind === 'answered' ? answer.status : undefined;
    const posted = { events, at, tookMs: Math.round(performance.now() - beganAt), status };
    // What a 2xx says beside is nobody's reply here.
    if (outcome.kind !== 'failed' || (status !== undefined && status < 300))
      return this.#goOn(await progress.delivered(row, posted));
    const next = afterFailure({ failures: row.failures + 1, status, delaySeconds: outcome.delaySeconds }, limits);
    this.#goOn(await progress.failed(row, { ...posted, error: outcome.error, scannedTo: this.#scannedTo, next }));
    if (next.kind === 'again') await this.#wait(next.waitMs);
  }

  #goOn(row: WebhookRow | undefined): void {
    this.#row = row;
    if (row !== undefined) this.#scannedTo = row.cursor;
    this.#writtenAt = performance.now();
  }

  #isPlaceOld({ cursor }: WebhookRow): boolean {
    const events = this.#scannedTo - cursor;
    return events > WRITE_PLACE_EVENTS || (events > 0 && performance.now() - this.#writtenAt > WRITE_PLACE_MS);
  }

  async #keepPlace(row: WebhookRow): Promise<void> {
    if (this.#scannedTo > row.cursor) this.#goOn(await this.#parts.progress.scanned(row, this.#scannedTo));
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#ended.signal }).catch(() => undefined);
  }
}
