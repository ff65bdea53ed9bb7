import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkFailed } from '../../src/client/hub-errors.js';
import type { Work } from '../../src/client/worker.js';
import { openCuttableLine } from '../support/cuttable-line.js';
import { register, send } from '../support/stream-client.js';
import { latch, openClient, stopAfter } from '../support/test-client.js';
import { FakeClock, makeFolder, startTestHub } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';

const replyOf = async (hub: Parameters<typeof send>[0], id: string) =>
  (await hub.call('GET', `/v1/messages/${id}/reply?wait=30`)).body;

test('what the handler returns is the reply', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const double = ({ message }: Work) => ({ payload: { twice: 2 * (message.payload as { n: number }).n } });
  stopAfter(t, openClient(t, hub).claimLoop('Worker', double));
  assert.deepEqual((await replyOf(hub, await send(hub, { payload: { n: 21 } }))).payload, { twice: 42 });
});

test('a handler that throws fails the delivery, which is tried again', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const attempts: number[] = [];
  const handler = ({ attempt }: Work) => {
    attempts.push(attempt);
    if (attempt === 1) throw new WorkFailed('not_yet', 'Later.', { delaySeconds: 0 });
    return { payload: 'now' };
  };
  stopAfter(t, openClient(t, hub).claimLoop('Worker', handler));
  assert.equal((await replyOf(hub, await send(hub, {}))).payload, 'now');
  assert.deepEqual(attempts, [1, 2]);
});

test('a failure for good is a dead letter at once, with the code of the handler', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const handler = () => {
    throw new WorkFailed('unreadable', 'This is no image.', { retryable: false });
  };
  stopAfter(t, openClient(t, hub).claimLoop('Worker', handler));
  await send(hub, {});
  const { data } = await whenEvent(hub, { types: 'delivery.died' });
  assert.deepEqual(data.error, { code: 'unreadable', message: 'This is no image.' });
});

test('a reply that the hub does not take is a failure that says so', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const handler = () => ({ payload: 'x'.repeat(1_100_000) });
  stopAfter(t, openClient(t, hub).claimLoop('Worker', handler));
  await send(hub, {});
  assert.equal((await whenEvent(hub, { types: 'delivery.died' })).data.error.code, 'body_too_large');
});

test('at most so many are worked on at once', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  let [underWay, most, done] = [0, 0, 0];
  const all = latch();
  const handler = async () => {
    most = Math.max(most, ++underWay);
    await new Promise(setImmediate);
    underWay--;
    if (++done === 20) all.release();
    return undefined;
  };
  for (let n = 0; n < 20; n++) await send(hub, {});
  stopAfter(t, openClient(t, hub).claimLoop('Worker', handler, { concurrency: 3 }));
  await all.opened;
  assert.equal(most, 3);
});

test('the hub may restart while the handler works: the work counts, and the loop goes on', async (t) => {
  const folder = await makeFolder(t);
  const first = await startTestHub(t, { folder });
  await register(first, 'Producer', 'Worker');
  const line = await openCuttableLine(t, first.url);
  const [begun, mayEnd] = [latch(), latch()];
  let runs = 0;
  const handler = async () => {
    runs++;
    begun.release();
    await mayEnd.opened;
    return { payload: 'done' };
  };
  const client = openClient(t, { url: line.url, key: first.key });
  stopAfter(t, client.claimLoop('Worker', handler));
  const id = await send(first, {});
  await begun.opened;
  await first.stop();
  mayEnd.release();
  const second = await startTestHub(t, { folder });
  line.leadTo(second.url);
  assert.equal((await replyOf(second, id)).payload, 'done');
  assert.equal(runs, 1);
  const next = await send(second, {});
  assert.equal((await replyOf(second, next)).payload, 'done');
});

test('the lease is extended for as long as the handler works', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const mayEnd = latch();
  let firstEnd = 0;
  const handler = async () => {
    await mayEnd.opened;
    return { payload: 'done' };
  };
  stopAfter(t, openClient(t, hub).claimLoop('Worker', handler, { leaseSeconds: 5 }));
  const id = await send(hub, {});
  const leaseEnd = async () =>
    Date.parse((await hub.call('GET', `/v1/messages/${id}`)).body.deliveries[0].leaseExpiresAt);
  while (!(firstEnd > 0)) firstEnd = await leaseEnd();
  while ((await leaseEnd()) <= firstEnd) await new Promise(setImmediate);
  mayEnd.release();
  assert.equal((await replyOf(hub, id)).payload, 'done');
});

test('work whose lease was lost is told to stop, and what it gives counts no more', async (t) => {
  const clock = new FakeClock();
  const hub = await startTestHub(t, { clock });
  await register(hub, 'Producer', 'Worker', 'Other');
  const [begun, lost] = [latch<Work>(), latch<Work>()];
  const handler = async (work: Work) => {
    begun.release(work);
    if (!work.signal.aborted) await new Promise((resolve) => work.signal.addEventListener('abort', resolve));
    return { payload: 'too late' };
  };
  const worker = openClient(t, hub).claimLoop('Worker', handler, { leaseSeconds: 5, onLost: lost.release });
  stopAfter(t, worker);
  const id = await send(hub, {});
  await begun.opened;
  assert.equal((await hub.call('POST', `/v1/messages/${id}/cancel`, {})).body.cancelled, 1);
  assert.equal((await lost.opened).message.id, id);
  assert.equal((await hub.call('GET', `/v1/messages/${id}`)).body.deliveries[0].state, 'cancelled');
});

test('stopping lets the handler finish, takes nothing more, and leaves the rest to others', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const [begun, mayEnd] = [latch(), latch()];
  const handler = async () => {
    begun.release();
    await mayEnd.opened;
    return { payload: 'done' };
  };
  const worker = openClient(t, hub).claimLoop('Worker', handler);
  const ids = [await send(hub, {}), await send(hub, {})];
  await begun.opened;
  const stopped = worker.stop();
  mayEnd.release();
  await stopped;
  const states = [];
  for (const id of ids) states.push((await hub.call('GET', `/v1/messages/${id}`)).body.deliveries[0].state);
  assert.deepEqual(states, ['done', 'pending']);
});

test('what takes too long at a stop is told so and given back untried', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const begun = latch<Work>();
  const handler = async (work: Work) => {
    begun.release(work);
    await new Promise((resolve) => work.signal.addEventListener('abort', resolve));
    return { payload: 'too late' };
  };
  const worker = openClient(t, hub).claimLoop('Worker', handler);
  const id = await send(hub, {});
  const { signal } = await begun.opened;
  await worker.stop({ drainSeconds: 0 });
  const [delivery] = (await hub.call('GET', `/v1/messages/${id}`)).body.deliveries;
  assert.deepEqual([signal.aborted, delivery.state, delivery.attempt], [true, 'pending', 0]);
});

test('a module that nobody knows ends the loop', async (t) => {
  const hub = await startTestHub(t);
  await assert.rejects(openClient(t, hub).claimLoop('Nobody', () => undefined).closed, { code: 'module_not_found' });
});
