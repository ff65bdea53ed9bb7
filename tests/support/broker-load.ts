import assert from 'node:assert/strict';
import { type AnyJson, failure } from './broker-client.js';
import { request } from './test-hub.js';

const SENDERS = 6;
const WORKERS = 4;
const BATCH = 5;
/** The shortest that there is: what a kill leaves leased is soon for others. */
const LEASE_SECONDS = 5;
const MANY_ATTEMPTS = 100;

/** Hub at an address, for as long as it lives. */
interface Target {
  readonly url: string;
  readonly key: string;
}

/** The hub is gone; nobody knows what became of the request. */
class NoAnswer extends Error {}

/** Senders and workers that load a hub until it dies, and remember across its lives what it has acknowledged. */
export class BrokerLoad {
  /** Public ids of messages whose send was acknowledged. */
  readonly accepted = new Set<string>();
  /** Public ids of deliveries whose completion was acknowledged. */
  readonly completed = new Set<string>();
  /** What must not happen, as sentences. */
  readonly wrong: string[] = [];
  /** By ordering key: the number of the last message that was completed. */
  readonly #last = new Map<string, number>();
  /** By sender: what it may not have sent yet, for it had no answer. */
  readonly #unanswered = new Map<number, { body: unknown; key: string }>();
  #count = 0;
  #target: Target | undefined;

  async prepare(target: Target): Promise<void> {
    this.#target = target;
    for (const name of ['Worker', ...Array.from({ length: SENDERS }, (_, index) => senderName(index))])
      await this.#ask('PUT', `/v1/modules/${name}`, {});
  }

  /** Resolves when the hub is gone. */
  async runUntilGone(target: Target): Promise<void> {
    this.#target = target;
    const senders = Array.from({ length: SENDERS }, (_, index) => () => this.#sendOne(index));
    const workers = Array.from({ length: WORKERS }, () => () => this.#workOnce(0.05));
    await Promise.all([...senders, ...workers].map(untilNoAnswer));
  }

  /** Sends what had no answer, and works until everything that was accepted is done. */
  async finish(target: Target): Promise<void> {
    this.#target = target;
    for (const index of this.#unanswered.keys()) await this.#sendOne(index);
    const isDone = async (): Promise<boolean> => {
      const { body } = await this.#ask('GET', '/v1/modules/Worker/health');
      return body.pending + body.leased === 0;
    };
    while (!(await isDone())) await this.#workOnce(1);
  }

  /** One message, or some at once; the same again where the one before had no answer. */
  async #sendOne(sender: number): Promise<void> {
    const next = this.#unanswered.get(sender) ?? this.#compose(sender);
    this.#unanswered.set(sender, next);
    const { status, body } = await this.#ask('POST', '/v1/messages', next.body, { 'idempotency-key': next.key });
    this.#unanswered.delete(sender);
    if (status >= 300) this.wrong.push(`a send was answered with ${status}: ${JSON.stringify(body)}`);
    for (const { id } of body.items ?? [body]) this.accepted.add(id);
  }

  #compose(sender: number): { body: unknown; key: string } {
    const message = () => ({
      from: senderName(sender),
      to: 'Worker',
      type: 'task',
      priority: 1 + Math.floor(Math.random() * 10),
      payload: { n: ++this.#count },
      maxAttempts: MANY_ATTEMPTS,
      ...(sender % 2 === 0 ? { orderingKey: senderName(sender) } : {}),
    });
    const body = Math.random() < 0.3 ? Array.from({ length: BATCH }, message) : message();
    return { body, key: `send-${this.#count}` };
  }

  async #workOnce(waitSeconds: number): Promise<void> {
    const claim = { max: 10, leaseSeconds: LEASE_SECONDS, waitSeconds };
    const { body } = await this.#ask('POST', '/v1/modules/Worker/claim', claim);
    for (const { delivery } of body.items) {
      if (this.completed.has(delivery.id)) this.wrong.push(`${delivery.id} was completed and came again`);
    }
    if (Math.random() < 0.3) await this.#completeTogether(body.items);
    else for (const item of body.items) await this.#settleOne(item);
  }

  async #settleOne(item: AnyJson): Promise<void> {
    const { id, lease } = item.delivery;
    const luck = Math.random();
    const [verb, rest] =
      luck < 0.8
        ? ['complete', replyTo(item)]
        : luck < 0.9
          ? ['fail', { error: failure, delaySeconds: 0 }]
          : ['release', {}];
    const { status, body } = await this.#ask('POST', `/v1/deliveries/${id}/${verb}`, { lease, ...(rest as object) });
    if (status === 200 && verb === 'complete') this.#isCompleted(item);
    else if (status !== 200) this.#refused(body);
  }

  async #completeTogether(items: readonly AnyJson[]): Promise<void> {
    const complete = items.map((item) => ({ id: item.delivery.id, lease: item.delivery.lease, ...replyTo(item) }));
    const { body } = await this.#ask('POST', '/v1/deliveries/batch', { complete });
    for (const [index, outcome] of (body.complete ?? []).entries()) {
      if (outcome.state === 'done') this.#isCompleted(items[index]);
      else this.#refused(outcome.problem);
    }
  }

  #isCompleted({ delivery, message }: AnyJson): void {
    this.completed.add(delivery.id);
    const { orderingKey, payload } = message;
    if (orderingKey === undefined) return;
    if (payload.n < (this.#last.get(orderingKey) ?? 0)) this.wrong.push(`${payload.n} of ${orderingKey} came too late`);
    this.#last.set(orderingKey, payload.n);
  }

  /** A lease may be over before its holder is done; nothing else may be wrong. */
  #refused(problem: AnyJson): void {
    if (problem.code !== 'lease_lost' && problem.code !== 'delivery_final')
      this.wrong.push(`a verb was refused: ${JSON.stringify(problem)}`);
  }

  async #ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) {
    assert.ok(this.#target);
    const { url, key } = this.#target;
    return await request(`${url}${path}`, { method, key, body, headers }).catch((error: unknown) => {
      throw new NoAnswer('the hub is gone', { cause: error });
    });
  }
}

const senderName = (index: number): string => `Sender${index}`;

const replyTo = ({ message }: AnyJson): object => ({ reply: { payload: { n: message.payload.n } } });

const untilNoAnswer = async (act: () => Promise<void>): Promise<void> => {
  try {
    for (;;) await act();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
  }
};
