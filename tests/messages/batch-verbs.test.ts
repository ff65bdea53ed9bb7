import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../support/broker-bench.js';
import { type AnyJson, failure } from '../support/broker-client.js';

const stateOrCode = ({ state, problem }: AnyJson): string => state ?? problem.code;

test('each verb of a batch has its own outcome, in the order in which they were given', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach(Array.from({ length: 8 }, (_, n) => ({ payload: { n } })));
  const [a, b, c, d, e, f, done, released] = (await bench.claim('Worker', { max: 8 })).map(({ delivery }) => ({
    id: delivery.id,
    lease: delivery.lease,
  }));
  await bench.apply('complete', done!);
  await bench.apply('release', released!);
  const wrong = { lease: 'wrong' };
  const outcomes = await bench.expect(200, 'POST', '/v1/deliveries/batch', {
    complete: [a, { ...b, ...wrong }, done, { id: 'dlv_999999', ...wrong }, { id: 'nonsense', ...wrong }, a],
    fail: [
      { ...b, error: failure },
      { ...c, error: failure, retryable: false },
      { ...released, error: failure },
    ],
    extend: [
      { ...d, leaseSeconds: 600 },
      { ...c, leaseSeconds: 600 },
    ],
    release: [{ ...f, ...wrong }, e],
  });
  assert.deepEqual(
    Object.fromEntries(Object.entries(outcomes).map(([verb, list]) => [verb, (list as AnyJson[]).map(stateOrCode)])),
    {
      complete: ['done', 'lease_lost', 'delivery_final', 'delivery_not_found', 'delivery_not_found', 'delivery_final'],
      fail: ['pending', 'dead', 'lease_lost'],
      extend: ['leased', 'delivery_final'],
      release: ['lease_lost', 'pending'],
    },
  );
  assert.equal(outcomes.complete[4].id, 'nonsense');
  assert.deepEqual(
    (await bench.rows('select state from deliveries order by id')).map(({ state }) => state),
    ['done', 'pending', 'dead', 'leased', 'pending', 'leased', 'done', 'pending'],
  );
  assert.deepEqual(bench.parts.depths.total(), { pending: 3, leased: 2, dead: 1 });
});

test('replies go with the completions of a batch', async (t) => {
  const bench = await openBench(t);
  await bench.sendEach(Array.from({ length: 500 }, (_, n) => ({ payload: { n } })));
  const complete = (await bench.claim('Worker', { max: 500 })).map(({ delivery: { id, lease }, message }) => ({
    id,
    lease,
    reply: { payload: { n: message.payload.n } },
  }));
  const outcomes = await bench.expect(200, 'POST', '/v1/deliveries/batch', { complete });
  const replies = await bench.claim('Producer', { max: 500 });
  assert.deepEqual(
    replies.map(({ message }) => [message.id, message.payload.n]),
    outcomes.complete.map(({ replyId }: AnyJson, n: number) => [replyId, n]),
  );
});

test('a batch that is not valid changes nothing', async (t) => {
  const bench = await openBench(t);
  await bench.send();
  const { delivery } = await bench.claimOne();
  const holding = { id: delivery.id, lease: delivery.lease };
  for (const batch of [
    { complete: [holding], fail: [holding] },
    { complete: [holding, { ...holding, extra: 1 }] },
    { complete: [holding], settle: [] },
    { complete: Array.from({ length: 501 }, () => holding) },
  ]) {
    await bench.expect(400, 'POST', '/v1/deliveries/batch', batch);
  }
  await bench.settle('complete', { delivery });
});

test('a batch without verbs does nothing, and answers a list for each list', async (t) => {
  const bench = await openBench(t);
  assert.deepEqual(await bench.expect(200, 'POST', '/v1/deliveries/batch', {}), {});
  assert.deepEqual(await bench.expect(200, 'POST', '/v1/deliveries/batch', { complete: [] }), { complete: [] });
});
