import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { startTestHub, type TestHub, type TestHubOptions } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';
import { type Received, type Receiver, startReceiver } from './receiver.js';

export interface Scene {
  readonly hub: TestHub;
  readonly receiver: Receiver;
}

/** A hub with a Producer, and a Worker whose endpoint answers so. */
export const startScene = async (
  t: TestContext,
  answer: (received: Received) => void,
  { runtime = {}, ...options }: TestHubOptions & { readonly runtime?: object } = {},
): Promise<Scene> => {
  const receiver = await startReceiver(t, answer);
  const hub = await startTestHub(t, options);
  await hub.call('PUT', '/v1/modules/Producer', {});
  await putWebhook(hub, 'Worker', { url: receiver.url, ...runtime });
  return { hub, receiver };
};

export const putWebhook = async (hub: TestHub, name: string, settings: object): Promise<void> => {
  const { status } = await hub.call('PUT', `/v1/modules/${name}`, { runtime: { type: 'webhook', ...settings } });
  assert.ok(status === 200 || status === 201);
};

/** From Producer to Worker. */
export const send = async (hub: TestHub, message: object = {}) => {
  const whole = { from: 'Producer', type: 'task', payload: { n: 1 }, ...message };
  return (await hub.call('POST', '/v1/messages', 'channel' in message ? whole : { to: 'Worker', ...whole })).body;
};

export const deliveryOf = async (hub: TestHub, id: string) =>
  (await hub.call('GET', `/v1/messages/${id}`)).body.deliveries[0];

/** The delivery of a message after the first event of the type. */
export const afterEvent = async (hub: TestHub, id: string, type: string) => {
  await whenEvent(hub, { message: id, types: `delivery.${type}` });
  return await deliveryOf(hub, id);
};
