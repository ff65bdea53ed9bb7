import type { Clock } from '../lib/clock.js';
import type { HeldDelivery, ServedOutcome } from '../messages/held-delivery.js';
import type { HubService } from '../messages/hub-server.js';
import type { Module } from '../modules/module.js';
import { endpointOf, type WebhookBreakers } from './webhook-breakers.js';
import { webhookCall } from './webhook-call.js';
import { urlProblem } from './webhook-check.js';
import type { WebhookClient } from './webhook-client.js';
import { judge } from './webhook-verdict.js';

const DEFAULT_CONCURRENCY = 4;

export interface WebhookServerParts {
  readonly clock: Clock;
  readonly client: WebhookClient;
  readonly breakers: WebhookBreakers;
  /** Those that the operator allows. */
  readonly hosts: readonly string[];
}

/** Posts deliveries to the endpoints of their modules, unless the breaker of the endpoint is open: then they are not even claimed. */
export class WebhookServer implements HubService {
  readonly #parts: WebhookServerParts;

  constructor(parts: WebhookServerParts) {
    this.#parts = parts;
  }

  serves({ runtime }: Module): boolean {
    return runtime.type === 'webhook';
  }

  makeRoom({ runtime }: Module, held: number): number {
    if (runtime.type !== 'webhook') return 0;
    const { concurrency = DEFAULT_CONCURRENCY, url } = runtime;
    return Math.min(concurrency - held, this.#parts.breakers.room(endpointOf(url)));
  }

  async serve({ module: { runtime }, claimed, signal }: HeldDelivery): Promise<ServedOutcome> {
    const { breakers, client, clock, hosts } = this.#parts;
    if (runtime.type !== 'webhook') return { kind: 'released' };
    const problem = urlProblem(runtime.url, hosts);
    if (problem !== undefined) return notAllowed(problem);
    const call = webhookCall(runtime, claimed, clock.now());
    const attempt = breakers.begin(endpointOf(runtime.url));
    if (attempt === undefined) return { kind: 'released' };
    const answer = await client.post({ ...call, signal });
    const { outcome, verdict } = judge(answer, clock.now());
    attempt.end(verdict);
    return outcome;
  }

  async stop(): Promise<void> {
    await this.#parts.client.close();
  }
}

/** The operator may have changed the settings since the module was registered. */
const notAllowed = (problem: string): ServedOutcome => ({
  kind: 'failed',
  error: { code: 'webhook_not_allowed', message: `The url of the webhook ${problem}.` },
  isRetryable: false,
});
