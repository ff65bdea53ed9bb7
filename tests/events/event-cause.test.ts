import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { afterAll } from '../support/after-all.js';
import { eventually } from '../support/eventually.js';
import { createKey } from '../support/hub-keys.js';
import { shareHub } from '../support/shared-hub.js';
import { holding, openStream, register } from '../support/stream-client.js';
import type { Answer } from '../support/test-hub.js';

// Every event that a request caused says whose key it was.

const hub = await shareHub();
await register(hub, 'Producer', 'Worker');
const producer = await createKey(hub, { scope: 'module', module: 'Producer' });
const worker = await createKey(hub, { scope: 'module', module: 'Worker' });

const owner = { after: afterAll } as unknown as TestContext;

type Event = Answer['body'];
const lastSeq = async (): Promise<number> => (await hub.call('GET', '/v1/stats')).body.events.lastSeq;
const causes = async (after: number): Promise<string[]> =>
  (await hub.call('GET', `/v1/events?after=${after}`)).body.items.map(({ type, by }: Event) => `${type} ${by}`);

const claim = async (wait = 0): Promise<{ id: string; lease: string; messageId: string }> => {
  const { body } = await worker.call('POST', '/v1/modules/Worker/claim', { waitSeconds: wait });
  const [{ delivery, message }] = body.items;
  return { id: delivery.id, lease: delivery.lease, messageId: message.id };
};
const send = (more: object = {}, query = '', headers = {}) =>
  producer.call('POST', `/v1/messages${query}`, { from: 'Producer', to: 'Worker', ...more }, headers);

const told = (name: string, work: () => Promise<unknown>, expected: readonly string[]): void => {
  test(name, async () => {
    const after = await lastSeq();
    await work();
    assert.deepEqual(await causes(after), expected);
  });
};

told('a module, a channel and a secret', async () => {
  await hub.call('PUT', '/v1/modules/Third', {});
  await worker.call('PUT', '/v1/channels/jobs/subscriptions/Worker');
  await worker.call('PUT', '/v1/modules/Worker/signing-secret');
  await worker.call('DELETE', '/v1/modules/Worker/signing-secret');
  await worker.call('DELETE', '/v1/channels/jobs/subscriptions/Worker');
  await hub.call('DELETE', '/v1/modules/Third');
}, [
  'module.registered admin',
  `channel.subscribed ${worker.id}`,
  `module.secret_set ${worker.id}`,
  `module.secret_removed ${worker.id}`,
  `channel.unsubscribed ${worker.id}`,
  'module.removed admin',
]);

told('a message, its claim and its completion with a reply', async () => {
  await send();
  const { id, lease } = await claim();
  await worker.call('POST', `/v1/deliveries/${id}/complete`, { lease, reply: { payload: 1 } });
}, [
  `message.sent ${producer.id}`,
  `delivery.claimed ${worker.id}`,
  `delivery.completed ${worker.id}`,
  `message.sent ${worker.id}`,
]);

told('who waited for work claims it, not who sent it', async () => {
  const claiming = claim(20);
  await send({ conversationId: 'talk' });
  const { id, lease } = await claiming;
  await worker.call('POST', `/v1/deliveries/${id}/release`, { lease });
  const again = await claim();
  await worker.call('POST', `/v1/deliveries/${again.id}/fail`, {
    lease: again.lease,
    error: { code: 'x', message: 'y' },
    retryable: false,
  });
  await hub.call('POST', '/v1/dead-letters/redrive', { ids: [id] });
  await producer.call('POST', `/v1/messages/${again.messageId}/cancel`);
}, [
  `conversation.created ${producer.id}`,
  `message.sent ${producer.id}`,
  `delivery.claimed ${worker.id}`,
  `delivery.released ${worker.id}`,
  `delivery.claimed ${worker.id}`,
  `delivery.died ${worker.id}`,
  'delivery.redriven admin',
  `delivery.cancelled ${producer.id}`,
  `message.cancelled ${producer.id}`,
]);

told('who waits for a reply takes it', async () => {
  const before = await lastSeq();
  const answered = send({}, '?wait=20');
  const { id, lease } = await claim(20);
  await worker.call('POST', `/v1/deliveries/${id}/complete`, { lease, reply: { payload: 1 } });
  await answered;
  await eventually(async () => (await lastSeq()) === before + 5);
}, [
  `message.sent ${producer.id}`,
  `delivery.claimed ${worker.id}`,
  `delivery.completed ${worker.id}`,
  `message.sent ${worker.id}`,
  `delivery.completed ${producer.id}`,
]);

test('each of many that are written together has its own sender', async () => {
  const body = { from: 'Worker', to: 'Producer' };
  const sends = Array.from({ length: 20 }, (_, index) =>
    index % 2 === 0
      ? send({ conversationId: `c${index}` }, '', { 'idempotency-key': `k${index % 4}${index}` })
      : worker.call('POST', '/v1/messages', body),
  );
  await Promise.all(sends);
  const all: Event[] = (await hub.call('GET', '/v1/events?types=message.sent,conversation.created&limit=1000')).body
    .items;
  const wrong = all.filter(({ type, data, by }) =>
    type === 'message.sent' ? by !== (data.from === 'Worker' ? worker.id : producer.id) : by !== producer.id,
  );
  assert.deepEqual(wrong, []);
  const messages = (await hub.call('GET', '/v1/messages?to=Worker&state=pending&limit=1000')).body.items;
  for (const { id } of messages) await hub.call('POST', `/v1/messages/${id}/cancel`);
});

told('what comes over a socket', async () => {
  const client = await openStream(owner, hub, { key: worker.key });
  await client.ask('send', { message: { to: 'Worker' } });
  await client.ask('consume', { module: 'Worker' });
  await client.ask('complete', holding(await client.delivery()));
  await client.close();
}, [`message.sent ${worker.id}`, `delivery.claimed ${worker.id}`, `delivery.completed ${worker.id}`]);
