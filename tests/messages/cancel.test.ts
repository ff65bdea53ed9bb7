import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../support/broker-bench.js';
import type { AnyJson } from '../support/broker-client.js';

test('cancelling takes back what waits, what is delayed and what is leased, and says how many', async (t) => {
  const bench = await openBench(t);
  await bench.register('A', 'B', 'C', 'D');
  const { id } = await bench.send({ broadcast: true });
  await bench.claimOne('A');
  await bench.settle('release', await bench.claimOne('B'), { delaySeconds: 60 });
  await bench.settle('complete', await bench.claimOne('C'));
  await bench.settle('fail', await bench.claimOne('D'), { retryable: false });
  assert.equal(await bench.cancel(id), 3);
  const { deliveries } = await bench.message(id);
  assert.deepEqual(Object.fromEntries(deliveries.map(({ module, state }: AnyJson) => [module, state])), {
    Worker: 'cancelled',
    A: 'cancelled',
    B: 'cancelled',
    C: 'done',
    D: 'dead',
  });
  assert.equal(await bench.cancel(id), 0);
  assert.equal((await bench.events('message.cancelled')).length, 1);
  assert.deepEqual(bench.parts.depths.total(), { pending: 0, leased: 0, dead: 1 });
});

test('the holder of a cancelled delivery is told so by its next verb', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send();
  const { delivery } = await bench.claimOne();
  await bench.cancel(id);
  for (const verb of ['extend', 'fail', 'release', 'complete'] as const) {
    const { status, body } = await bench.apply(verb, delivery);
    assert.deepEqual([status, body.code], [409, 'delivery_final']);
  }
});

test('a message that was cancelled is not delivered when its delay is over', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send({ delaySeconds: 10 });
  await bench.cancel(id);
  await bench.passTime(10_000);
  assert.deepEqual(await bench.claim(), []);
});

test('a message is cancelled by its sender or an admin, and by nobody else', async (t) => {
  const bench = await openBench(t);
  const { id } = await bench.send();
  const withKeyOf = async (module: string) => {
    const { key } = await bench.expect(201, 'POST', `/v1/modules/${module}/keys`, {});
    return await bench.call('POST', `/v1/messages/${id}/cancel`, undefined, { authorization: `Bearer ${key}` });
  };
  assert.equal((await withKeyOf('Worker')).body.code, 'forbidden');
  assert.equal((await bench.delivery(id)).state, 'pending');
  assert.deepEqual((await withKeyOf('Producer')).body, { cancelled: 1 });
});

test('a message that never was cannot be cancelled', async (t) => {
  const bench = await openBench(t);
  for (const id of ['msg_999999', 'dlv_1', 'x'])
    assert.equal((await bench.expect(404, 'POST', `/v1/messages/${id}/cancel`)).code, 'message_not_found');
});
