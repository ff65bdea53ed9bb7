import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPEN_MS } from '../../src/webhooks/breaker-state.js';
import { eventually } from '../support/eventually.js';
import { FakeClock, type TestHub } from '../support/test-hub.js';
import { answerWith } from './receiver.js';
import { afterEvent, deliveryOf, putWebhook, send, startScene } from './webhook-scene.js';

const statusOf = async (hub: TestHub, name: string) => (await hub.call('GET', `/v1/modules/${name}`)).body.status;

/** Five that fail, one after the other, and do not come back. */
const failFive = async (hub: TestHub) => {
  for (let count = 0; count < 5; count++) await afterEvent(hub, (await send(hub, { maxAttempts: 1 })).id, 'died');
};

test('an endpoint that fails five times in a row is left alone: nothing is claimed for it, and its modules are stale', async (t) => {
  const { hub, receiver } = await startScene(t, answerWith(500), { clock: new FakeClock() });
  await putWebhook(hub, 'Neighbour', { url: `${receiver.url}?other` });
  await putWebhook(hub, 'Stranger', { url: `${receiver.url}/else` });
  await failFive(hub);
  const waiting = [await send(hub), await send(hub, { to: 'Neighbour' })];
  // The endpoint of the stranger has a breaker of its own: when its message has failed, the others had their chance.
  await afterEvent(hub, (await send(hub, { to: 'Stranger' })).id, 'retried');
  for (const { id } of waiting) {
    const { state, attempt } = await deliveryOf(hub, id);
    assert.deepEqual([state, attempt], ['pending', 0]);
  }
  assert.equal(receiver.received.length, 6);
  const statuses = await Promise.all(['Worker', 'Neighbour', 'Stranger'].map((name) => statusOf(hub, name)));
  assert.deepEqual(statuses, ['stale', 'stale', 'active']);
  const { body } = await hub.call('GET', '/v1/modules?status=stale');
  assert.deepEqual(
    body.items.map(({ name }: { name: string }) => name),
    ['Neighbour', 'Worker'],
  );
});

test('after a minute one message is tried, and when it succeeds the others follow', async (t) => {
  const clock = new FakeClock();
  let isUp = false;
  let release = () => {};
  const { hub, receiver } = await startScene(
    t,
    (received) => {
      if (!isUp) return answerWith(500)(received);
      if (receiver.received.length > 6) return answerWith(200)(received);
      release = () => answerWith(200)(received);
    },
    { clock },
  );
  await failFive(hub);
  isUp = true;
  const waiting = [await send(hub), await send(hub), await send(hub)];
  clock.advance(OPEN_MS);
  await receiver.came(6);
  const { pending, leased } = (await hub.call('GET', '/v1/stats')).body.messages;
  assert.deepEqual([pending, leased], [2, 1]);
  release();
  for (const { id } of waiting) await afterEvent(hub, id, 'completed');
  assert.equal(await statusOf(hub, 'Worker'), 'active');
});

test('while it fails on trial nothing but the trial is spent', async (t) => {
  const clock = new FakeClock();
  const { hub, receiver } = await startScene(t, answerWith(500), { clock });
  await failFive(hub);
  const [first, second] = [await send(hub), await send(hub)];
  clock.advance(OPEN_MS);
  await afterEvent(hub, first.id, 'retried');
  await eventually(async () => (await statusOf(hub, 'Worker')) === 'stale');
  assert.equal((await deliveryOf(hub, second.id)).attempt, 0);
  assert.equal(receiver.received.length, 6);
});

test('an endpoint that refuses messages for good is well', async (t) => {
  const { hub } = await startScene(t, answerWith(400));
  for (let count = 0; count < 6; count++) await afterEvent(hub, (await send(hub)).id, 'died');
  assert.equal(await statusOf(hub, 'Worker'), 'active');
});
