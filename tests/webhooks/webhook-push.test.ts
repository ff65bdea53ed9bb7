import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { startTestHub } from '../support/test-hub.js';
import { answerWith, deadUrl, type Received, startReceiver } from './receiver.js';
import { afterEvent, deliveryOf, putWebhook, send, startScene } from './webhook-scene.js';

test('a message is posted as in a claim but for the lease, and 2xx completes it', async (t) => {
  const { hub, receiver } = await startScene(t, answerWith(200));
  const { deliveries, ...message } = await send(hub, { correlationId: 'c' });
  const { state, attempt } = await afterEvent(hub, message.id, 'completed');
  assert.deepEqual([state, attempt], ['done', 1]);
  assert.deepEqual(receiver.received[0]?.body, {
    delivery: { id: deliveries[0].id, attempt: 1, maxAttempts: 3 },
    message,
  });
  assert.equal((await hub.call('GET', `/v1/messages/${message.id}/reply`)).status, 204);
});

test('a reply in the answer is the reply', async (t) => {
  const { hub } = await startScene(t, answerWith(200, { reply: { payload: { n: 2 }, type: 'task.done' } }));
  const body = { from: 'Producer', to: 'Worker', type: 'task', payload: {} };
  const { status, body: answer } = await hub.call('POST', '/v1/messages?wait=10', body);
  assert.equal(status, 200);
  assert.deepEqual([answer.reply.from, answer.reply.type, answer.reply.payload], ['Worker', 'task.done', { n: 2 }]);
});

test('a reply that is posted is completed without a further reply, unless the endpoint sends one', async (t) => {
  const { hub, receiver } = await startScene(t, answerWith(200));
  await hub.call('PUT', '/v1/modules/Puller', {});
  const question = await send(hub, { from: 'Worker', to: 'Puller' });
  const reply = { from: 'Puller', payload: 'yes' };
  const { body } = await hub.call('POST', `/v1/messages/${question.id}/reply`, reply);
  await afterEvent(hub, body.id, 'completed');
  assert.equal(receiver.received[0]?.body.message.replyTo, question.id);
  assert.equal((await hub.call('GET', `/v1/messages/${body.id}/reply`)).status, 204);
});

test('a delivery that is refused is a dead letter at once, with the words of the endpoint', async (t) => {
  const { hub } = await startScene(t, answerWith(422, { why: 'no batch' }));
  const { id } = await send(hub);
  const { state, attempt, error } = await afterEvent(hub, id, 'died');
  assert.deepEqual([state, attempt, error.code], ['dead', 1, 'webhook_refused']);
  assert.match(error.message, /422: {"why":"no batch"}/);
});

test('an endpoint that says when to come back is asked again then', async (t) => {
  const { hub } = await startScene(t, answerWith(503, undefined, { 'retry-after': '3600' }));
  const { id } = await send(hub);
  const { state, availableAt, error } = await afterEvent(hub, id, 'retried');
  assert.deepEqual([state, error.code], ['pending', 'webhook_failed']);
  const inSeconds = (Date.parse(availableAt) - Date.now()) / 1000;
  assert.ok(inSeconds > 3500 && inSeconds <= 3600, `${inSeconds}`);
});

test('what failed is posted again with the same id and the next attempt', async (t) => {
  const answers = [503, 200].map((status) => answerWith(status, undefined, { 'retry-after': '0' }));
  const { hub, receiver } = await startScene(t, (received) => answers.shift()?.(received));
  const { id } = await send(hub);
  assert.equal((await afterEvent(hub, id, 'completed')).attempt, 2);
  assert.deepEqual(
    receiver.received.map(({ headers, body }) => [headers['webhook-id'], body.delivery.attempt]),
    [
      [id, 1],
      [id, 2],
    ],
  );
});

test('an endpoint that is late, not there, or sends elsewhere fails the delivery and says so', async (t) => {
  const { hub, receiver } = await startScene(t, () => {}, { runtime: { timeoutSeconds: 0.1 } });
  const late = await afterEvent(hub, (await send(hub)).id, 'retried');
  await putWebhook(hub, 'Worker', { url: await deadUrl() });
  const missing = await afterEvent(hub, (await send(hub)).id, 'retried');
  const elsewhere = await startReceiver(t, answerWith(302, undefined, { location: receiver.url }));
  await putWebhook(hub, 'Worker', { url: elsewhere.url });
  const before = receiver.received.length;
  const sentElsewhere = await afterEvent(hub, (await send(hub)).id, 'died');
  assert.deepEqual(
    [late, missing, sentElsewhere].map(({ error }) => error.code),
    ['webhook_timed_out', 'webhook_unreachable', 'webhook_redirected'],
  );
  assert.equal(receiver.received.length, before);
});

test('what comes by a channel and what is broadcast is posted too', async (t) => {
  const { hub, receiver } = await startScene(t, answerWith(200));
  await hub.call('PUT', '/v1/channels/general/subscriptions/Worker');
  const one = await send(hub, { channel: 'general', payload: 'one' });
  const all = await send(hub, { channel: 'general', broadcast: true, payload: 'all' });
  for (const { id } of [one, all]) await afterEvent(hub, id, 'completed');
  const payloads = receiver.received.map(({ body }) => [body.message.channel, body.message.payload]);
  assert.deepEqual(payloads.sort(), [
    ['general', 'all'],
    ['general', 'one'],
  ]);
});

test('at most so many are with an endpoint at once, and the rest waits unclaimed', async (t) => {
  const open: Received[] = [];
  const { hub, receiver } = await startScene(t, (received) => open.push(received), { runtime: { concurrency: 2 } });
  for (let n = 0; n < 5; n++) await send(hub);
  for (const came of [2, 3, 4, 5]) {
    await receiver.came(came);
    const { pending, leased } = (await hub.call('GET', '/v1/stats')).body.messages;
    assert.deepEqual([pending, leased], [5 - came, 2]);
    answerWith(200)(open.shift()!);
  }
  answerWith(200)(open.shift()!);
});

test('a message that is cancelled ends its call', async (t) => {
  const { hub, receiver } = await startScene(t, () => {});
  const { id } = await send(hub);
  await receiver.came(1);
  const response = receiver.received[0]!.response;
  const closed = once(response, 'close');
  await hub.call('POST', `/v1/messages/${id}/cancel`);
  await closed;
  assert.equal((await deliveryOf(hub, id)).state, 'cancelled');
});

test('a module that is removed by force takes its calls with it', async (t) => {
  const { hub, receiver } = await startScene(t, () => {});
  const { id } = await send(hub);
  await receiver.came(1);
  const closed = once(receiver.received[0]!.response, 'close');
  await hub.call('DELETE', '/v1/modules/Worker?force=true');
  await closed;
  assert.equal((await deliveryOf(hub, id)).state, 'dead');
  assert.deepEqual(hub.errors, []);
});

test('what waited for a module that pulled is posted when it becomes a webhook', async (t) => {
  const { hub, receiver } = await startScene(t, answerWith(200));
  await hub.call('PUT', '/v1/modules/Worker', {});
  const { id } = await send(hub);
  await putWebhook(hub, 'Worker', { url: receiver.url });
  assert.equal((await afterEvent(hub, id, 'completed')).state, 'done');
});

test('a hub that stops lets calls end', async (t) => {
  const { hub, receiver } = await startScene(t, () => {});
  const { id } = await send(hub);
  await receiver.came(1);
  const stopped = hub.stop();
  await eventually(async () => (await hub.call('GET', '/readyz')).status === 503);
  answerWith(200)(receiver.received[0]!);
  await stopped;
  const again = await startTestHub(t, { folder: hub.folder });
  assert.equal((await deliveryOf(again, id)).state, 'done');
});

test('a hub that stops gives back untried what an endpoint does not answer, and posts it when it is there again', async (t) => {
  const { hub, receiver } = await startScene(t, () => {}, { settings: { GRANGER_DRAIN_SECONDS: '0' } });
  const { id } = await send(hub);
  await receiver.came(1);
  await hub.stop();
  await startTestHub(t, { folder: hub.folder });
  await receiver.came(2);
  const deliveries = receiver.received.map(({ body }) => [body.message.id, body.delivery.attempt]);
  assert.deepEqual(deliveries, [
    [id, 1],
    [id, 1],
  ]);
});
