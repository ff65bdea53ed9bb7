import type { Clock } from '../lib/clock.js';
import { HubError } from '../lib/errors.js';
import { type Bucket, fullBucket, takeToken } from '../lib/token-bucket.js';
import type { Module } from '../modules/module.js';
import type { QueueDepths } from './queue-depths.js';
import type { Recipient } from './recipients.js';

/** Agents that answer each other could go on for ever; nobody else has a limit unless it is given one. */
const AGENT_MESSAGES_PER_MINUTE = 30;

/** How long a sender waits before it asks a full queue again, in seconds. */
const FULL_RETRY_SECONDS = 1;

/** The largest depth that a queue may have; undefined for any. */
export type DepthLimit = (queue: string) => number | undefined;

/** How fast a module may send, and how much may wait for whom. */
export class SendLimits {
  readonly #buckets = new Map<string, { bucket: Bucket; perMinute: number }>();
  readonly #clock: Clock;
  readonly #depths: QueueDepths;
  readonly #limitOf: DepthLimit;

  constructor({ clock, depths, limitOf }: { clock: Clock; depths: QueueDepths; limitOf: DepthLimit }) {
    this.#clock = clock;
    this.#depths = depths;
    this.#limitOf = limitOf;
  }

  /** Takes one from the sender's rate. @throws rate_limited */
  takeTurn(sender: Module): void {
    const perMinute = rateOf(sender);
    if (perMinute === undefined) return;
    const now = this.#clock.now();
    let known = this.#buckets.get(sender.name);
    if (known?.perMinute !== perMinute) {
      known = { bucket: fullBucket(perMinute, now), perMinute };
      this.#buckets.set(sender.name, known);
    }
    const take = takeToken(known.bucket, perMinute, now);
    if (take.isTaken) return;
    const retryAfterSeconds = take.retryAfterMs / 1000;
    throw new HubError('rate_limited', `${sender.name} may send ${perMinute} messages a minute.`, {
      retryAfterSeconds,
      rateLimit: { limit: perMinute, windowSeconds: 60, remaining: 0, resetSeconds: retryAfterSeconds },
    });
  }

  /** @throws queue_full where the message would make a queue longer than it may be */
  checkRoom(recipients: readonly Recipient[]): void {
    for (const { queue } of recipients) {
      const limit = this.#limitOf(queue);
      if (limit === undefined || this.#depths.expected(queue) < limit) continue;
      throw new HubError('queue_full', `${queue} has ${limit} deliveries pending, as many as it takes.`, {
        retryAfterSeconds: FULL_RETRY_SECONDS,
      });
    }
  }
}

const rateOf = ({ descriptor, runtime }: Module): number | undefined =>
  descriptor.limits?.messagesPerMinute ?? (runtime.type === 'claude' ? AGENT_MESSAGES_PER_MINUTE : undefined);
