import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterDatabase, joinCluster } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { register } from '../support/stream-client.js';
import { logOf, namesOf, tell } from '../webhooks/event-scene.js';
import { answerWith, startReceiver } from '../webhooks/receiver.js';

test('of several hubs one tells a webhook of the events of all; when it stops another goes on where it was', async (t) => {
  const receiver = await startReceiver(t, answerWith(200));
  const url = await clusterDatabase(t);
  const [first, second] = [await joinCluster(t, url), await joinCluster(t, url)];
  const { id } = await tell(second, receiver.url, { filter: { types: ['module.registered'] } });
  await register(first, 'A');
  await register(second, 'B');
  await eventually(() => namesOf(receiver.received).includes('B'));
  await logOf(second, id, receiver.received.length);
  await first.stop();
  await register(second, 'C', 'D');
  await eventually(() => namesOf(receiver.received).includes('D'));
  assert.deepEqual(namesOf(receiver.received), ['A', 'B', 'C', 'D']);
  await second.call('DELETE', `/v1/webhooks/${id}`);
  assert.equal((await second.call('GET', `/v1/webhooks/${id}`)).status, 404);
});
