import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestHub } from '../support/test-hub.js';

test('a message that was sent is claimed, completed with a reply, and the sender finds the reply', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Producer', {});
  await hub.call('PUT', '/v1/modules/Worker', {});
  const sent = await hub.call('POST', '/v1/messages', {
    from: 'Producer',
    to: 'Worker',
    type: 'task',
    payload: { n: 1 },
  });
  assert.equal(sent.status, 201);
  const claimed = await hub.call('POST', '/v1/modules/Worker/claim', { max: 10 });
  const [{ delivery, message }] = claimed.body.items;
  assert.equal(message.id, sent.body.id);
  const done = await hub.call('POST', `/v1/deliveries/${delivery.id}/complete`, {
    lease: delivery.lease,
    reply: { payload: { n: 2 } },
  });
  assert.equal(done.body.state, 'done');
  const reply = await hub.call('GET', `/v1/messages/${sent.body.id}/reply`);
  assert.deepEqual([reply.status, reply.body.type, reply.body.payload], [200, 'task.response', { n: 2 }]);
});
