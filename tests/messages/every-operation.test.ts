import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerOf, type Claimed, failure } from '../support/broker-client.js';
import { startTestHub } from '../support/test-hub.js';

const beside = ['putModule', 'getModuleHealth', 'getStats', 'listEvents', 'setSigningSecret', 'removeSigningSecret'];

test('every operation of the broker answers as the OpenAPI document says', async (t) => {
  const broker = await brokerOf(await startTestHub(t));
  const holding = ({ delivery: { id, lease } }: Claimed) => ({ id, lease });

  await broker.expect(200, 'PUT', '/v1/channels/jobs', { fair: true, limits: { maxPending: 100 } });
  await broker.subscribe('jobs', 'Worker');
  await broker.expect(200, 'PUT', '/v1/channels/jobs/subscriptions/Worker');

  const full = {
    from: 'Producer',
    to: 'Worker',
    type: 'task.process',
    payload: [1, 'two', null],
    priority: 9,
    ttlSeconds: 60,
    maxAttempts: 1,
    correlationId: 'c',
    conversationId: 'talk',
    orderingKey: 'k',
    headers: { traceparent: 't' },
  };
  const { id } = await broker.expect(201, 'POST', '/v1/messages', full);
  await broker.expect(202, 'POST', '/v1/messages?wait=0', { from: 'Producer', channel: 'jobs' });
  const several = [
    { from: 'Producer', to: 'Worker' },
    { from: 'Producer', to: 'Nobody' },
    { from: 'Producer', broadcast: true },
  ];
  await broker.expect(200, 'POST', '/v1/messages', several);
  await broker.expect(201, 'POST', '/v1/messages', { from: 'Producer', to: 'Worker', delaySeconds: 60 });
  await broker.expect(200, 'GET', '/v1/messages?state=pending&limit=2');
  await broker.expect(200, 'GET', '/v1/channels');
  await broker.expect(200, 'GET', '/v1/queues');
  await broker.expect(204, 'GET', `/v1/messages/${id}/reply`);
  assert.equal((await broker.inbox()).length, 4);

  const [first, second, third, fourth] = await broker.claim('Worker', { max: 10 });
  await broker.settle('extend', first!);
  await broker.settle('complete', first!, { reply: { payload: 1 } });
  await broker.settle('fail', second!);
  await broker.settle('release', third!);
  await broker.expect(200, 'POST', '/v1/deliveries/batch', {
    extend: [{ ...holding(fourth!), leaseSeconds: 30 }],
    fail: [{ ...holding(fourth!), error: failure, retryable: false }],
    complete: [holding(first!)],
    release: [{ id: 'dlv_999', lease: 'x' }],
  });
  await broker.expect(200, 'GET', `/v1/messages/${id}/reply`);
  await broker.expect(201, 'POST', `/v1/messages/${id}/reply`, { from: 'Worker', payload: 2 });
  await broker.message(id);

  const [letter] = await broker.deadLetters();
  await broker.expect(200, 'POST', '/v1/dead-letters/redrive', { ids: [letter.delivery.id] });
  const again = await broker.claim('Worker', { max: 10 });
  for (const each of again) await broker.settle('fail', each, { retryable: false });
  await broker.expect(204, 'DELETE', `/v1/dead-letters/${letter.delivery.id}`);
  assert.equal(await broker.cancel(second!.message.id), 1);

  await broker.expect(200, 'POST', '/v1/channels/jobs/replay', { module: 'Worker' });
  const replayed = await broker.claimOne();
  assert.equal(replayed.message.replayed, true);
  await broker.expect(204, 'DELETE', '/v1/channels/jobs/subscriptions/Worker');

  await broker.expect(200, 'PUT', '/v1/modules/Producer/signing-secret');
  await broker.expect(204, 'DELETE', '/v1/modules/Producer/signing-secret');
  await broker.expect(200, 'GET', '/v1/modules/Worker/health');
  await broker.expect(200, 'GET', '/v1/stats');
  await broker.events('message.*,delivery.*,channel.*');

  const { contract } = broker;
  const all = [...beside, ...contract.operationsOf(['messages', 'deliveries', 'channels'])];
  assert.deepEqual(
    all.filter((operation) => !contract.driven.has(operation)),
    [],
  );
});
