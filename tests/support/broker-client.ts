import assert from 'node:assert/strict';
import { BrokerContract, type OpenApiDocument } from './broker-contract.js';
import type { Answer, TestHub } from './test-hub.js';

export type Call = TestHub['call'];
export type HolderVerb = 'complete' | 'fail' | 'extend' | 'release';

/** What a holder shows: the delivery and the token of its lease. */
export interface Holding {
  readonly id: string;
  readonly lease: string;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type AnyJson = any;

export interface Claimed {
  readonly delivery: Holding & {
    readonly attempt: number;
    readonly maxAttempts: number;
    readonly leaseExpiresAt: string;
  };
  readonly message: AnyJson;
}

export const failure = { code: 'broken', message: 'It broke.' };

/** What each verb of a holder needs beside the lease. */
const needs: Readonly<Record<HolderVerb, object>> = {
  complete: {},
  fail: { error: failure },
  extend: { leaseSeconds: 60 },
  release: {},
};

let contract: BrokerContract | undefined;

/** The document that a hub serves is the same for every hub of this code, and `npm run openapi:check` holds `openapi/openapi.json` to it. */
const contractOf = (document: () => object): BrokerContract => {
  contract ??= new BrokerContract(document() as OpenApiDocument);
  return contract;
};

/** A broker over HTTP, whose every answer must be one that the OpenAPI document promises. */
export class BrokerClient {
  readonly #call: Call;
  readonly #document: () => object;

  constructor(call: Call, document: () => object) {
    this.#call = call;
    this.#document = document;
  }

  get contract(): BrokerContract {
    return contractOf(this.#document);
  }

  async call(...request: Parameters<Call>): Promise<Answer> {
    const answer = await this.#call(...request);
    this.contract.check(request[0], request[1], answer);
    return answer;
  }

  /** The body of an answer that must have the status. */
  async expect(status: number, ...request: Parameters<Call>): Promise<AnyJson> {
    const answer = await this.call(...request);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    return answer.body;
  }

  async register(...modules: readonly string[]): Promise<void> {
    for (const module of modules) assert.ok((await this.call('PUT', `/v1/modules/${module}`, {})).status < 300);
  }

  async subscribe(channel: string, ...modules: readonly string[]): Promise<void> {
    for (const module of modules) await this.expect(201, 'PUT', `/v1/channels/${channel}/subscriptions/${module}`);
  }

  /** From Producer to Worker unless it says otherwise. */
  async send(message: object = {}): Promise<AnyJson> {
    const isAddressed = ['to', 'channel', 'capability', 'broadcast'].some((target) => target in message);
    return await this.expect(201, 'POST', '/v1/messages', {
      from: 'Producer',
      ...(isAddressed ? {} : { to: 'Worker' }),
      ...message,
    });
  }

  /** One message for each, in their order, in one request. */
  async sendEach(messages: readonly object[]): Promise<AnyJson[]> {
    const body = messages.map((message) => ({ from: 'Producer', to: 'Worker', ...message }));
    return (await this.expect(200, 'POST', '/v1/messages', body)).items;
  }

  async claim(module = 'Worker', request: object = {}): Promise<Claimed[]> {
    return (await this.expect(200, 'POST', `/v1/modules/${module}/claim`, request)).items;
  }

  async claimOne(module = 'Worker', request: object = {}): Promise<Claimed> {
    const [claimed, ...more] = await this.claim(module, request);
    assert.ok(claimed !== undefined && more.length === 0, `${more.length + (claimed === undefined ? 0 : 1)} claimed`);
    return claimed;
  }

  async apply(verb: HolderVerb, { id, lease }: Holding, rest: object = {}): Promise<Answer> {
    return await this.call('POST', `/v1/deliveries/${id}/${verb}`, { lease, ...needs[verb], ...rest });
  }

  /** A verb that must be accepted. */
  async settle(verb: HolderVerb, { delivery }: { readonly delivery: Holding }, rest: object = {}): Promise<AnyJson> {
    const { status, body } = await this.apply(verb, delivery, rest);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  async cancel(messageId: string): Promise<number> {
    return (await this.expect(200, 'POST', `/v1/messages/${messageId}/cancel`)).cancelled;
  }

  async message(id: string): Promise<AnyJson> {
    return await this.expect(200, 'GET', `/v1/messages/${id}`);
  }

  /** The only delivery of a message. */
  async delivery(messageId: string): Promise<AnyJson> {
    const { deliveries } = await this.message(messageId);
    assert.equal(deliveries.length, 1);
    return deliveries[0];
  }

  async inbox(module = 'Worker'): Promise<AnyJson[]> {
    return (await this.expect(200, 'GET', `/v1/modules/${module}/inbox`)).items;
  }

  async deadLetters(query = ''): Promise<AnyJson[]> {
    return (await this.expect(200, 'GET', `/v1/dead-letters${query}`)).items;
  }

  async events(types: string): Promise<AnyJson[]> {
    return (await this.expect(200, 'GET', `/v1/events?types=${types}&limit=1000`)).items;
  }
}

/** A client of a hub that runs, with Producer and Worker registered. */
export const brokerOf = async (hub: TestHub): Promise<BrokerClient> => {
  const client = new BrokerClient(hub.call, () => hub.hub.app.swagger());
  await client.register('Producer', 'Worker');
  return client;
};

/** What tests mark messages with, to tell them apart. */
export const numbersOf = (items: readonly { readonly message: AnyJson }[]): number[] =>
  items.map(({ message }) => message.payload.n);
