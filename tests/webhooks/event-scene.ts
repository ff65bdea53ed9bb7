import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.js';
import type { TestHub } from '../support/test-hub.js';
import type { Received } from './receiver.js';

/** A webhook made with the admin key. @returns the answer, with its secret */
export const tell = async (hub: TestHub, url: string, more: object = {}) => {
  const { status, body } = await hub.call('POST', '/v1/webhooks', { url, ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};

interface Told {
  readonly seq: number;
  readonly type: string;
  readonly subject: { readonly module?: string };
}

export const eventsOf = (received: readonly Received[]): Told[] =>
  received.flatMap(({ body }) => body.events as Told[]);

/** Names of the modules that the posts told of, in their order. */
export const namesOf = (received: readonly Received[]) => eventsOf(received).map(({ subject }) => subject.module);

export const whenPaused = async (hub: TestHub, id: string) => {
  let webhook: { state: string; reason?: string; failures: number; handledTo: number };
  await eventually(async () => {
    webhook = (await hub.call('GET', `/v1/webhooks/${id}`)).body;
    return webhook.state === 'paused';
  });
  return webhook!;
};

/** The log of a webhook, oldest first, when so many are in it. */
export const logOf = async (hub: TestHub, id: string, count: number) => {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  let items: any[] = [];
  await eventually(async () => {
    items = (await hub.call('GET', `/v1/webhooks/${id}/deliveries`)).body.items;
    return items.length >= count;
  });
  return items.reverse();
};
