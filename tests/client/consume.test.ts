import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ConsumeOptions } from '../../src/client/socket-consumer.js';
import type { Work } from '../../src/client/worker.js';
import { openCuttableLine } from '../support/cuttable-line.js';
import { createKey } from '../support/hub-keys.js';
import { register, send } from '../support/stream-client.js';
import { latch, openClient, stopAfter } from '../support/test-client.js';
import { makeFolder, startTestHub, type TestHub } from '../support/test-hub.js';
import { whenEvent } from '../support/when-event.js';

const replyOf = async (hub: TestHub, id: string) =>
  (await hub.call('GET', `/v1/messages/${id}/reply?wait=30`)).body.payload;
const stateOf = async (hub: TestHub, id: string) =>
  (await hub.call('GET', `/v1/messages/${id}`)).body.deliveries[0].state;

/** A hub behind a line, and a Worker whose handler is held up until it may end. */
const heldUp = async (t: TestContext, options: ConsumeOptions = {}) => {
  const folder = await makeFolder(t);
  const hub = await startTestHub(t, { folder });
  await register(hub, 'Producer', 'Worker');
  const line = await openCuttableLine(t, hub.url);
  const [begun, mayEnd, lost, trouble] = [latch<Work>(), latch(), latch<Work>(), latch<Error>()];
  const runs: Work[] = [];
  const handler = async (work: Work) => {
    runs.push(work);
    begun.release(work);
    await mayEnd.opened;
    return { payload: `run ${runs.length}` };
  };
  const client = openClient(t, { url: line.url, key: hub.key });
  const watched = { ...options, onLost: lost.release, onTrouble: trouble.release };
  const worker = stopAfter(t, client.consume('Worker', handler, watched));
  return { hub, folder, line, worker, begun, mayEnd, lost, trouble, runs };
};

test('what the handler returns is the reply, many at once', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const handler = ({ message }: Work) => ({ payload: { got: message.payload } });
  stopAfter(t, openClient(t, hub).consume('Worker', handler, { concurrency: 4, prefetch: 16 }));
  const ids: string[] = [];
  for (let n = 0; n < 40; n++) ids.push(await send(hub, { payload: n }));
  for (const [n, id] of ids.entries()) assert.deepEqual(await replyOf(hub, id), { got: n });
});

test('a socket that breaks while the handler works: the delivery comes back, the work goes on, and is not begun again', async (t) => {
  const { hub, line, begun, mayEnd, runs } = await heldUp(t);
  const id = await send(hub, {});
  await begun.opened;
  line.cut();
  const { seq } = await whenEvent(hub, { types: 'delivery.released' });
  await whenEvent(hub, { types: 'delivery.claimed', after: String(seq) });
  mayEnd.release();
  assert.equal(await replyOf(hub, id), 'run 1');
  assert.equal(runs.length, 1);
});

test('work that ended while the socket was away is not done a second time when its delivery comes back', async (t) => {
  const { hub, line, begun, mayEnd, runs } = await heldUp(t);
  const id = await send(hub, {});
  await begun.opened;
  line.cut();
  await whenEvent(hub, { types: 'delivery.released' });
  mayEnd.release();
  assert.equal(await replyOf(hub, id), 'run 1');
  assert.equal(runs.length, 1);
});

test('a hub that restarts in the middle costs nothing, and what comes after it is served', async (t) => {
  const { hub, folder, line, begun, mayEnd, runs } = await heldUp(t);
  const id = await send(hub, {});
  await begun.opened;
  await hub.stop();
  mayEnd.release();
  const second = await startTestHub(t, { folder });
  line.leadTo(second.url);
  assert.equal(await replyOf(second, id), 'run 1');
  assert.equal(runs.length, 1);
  assert.equal(await replyOf(second, await send(second, {})), 'run 2');
});

test('a message that is cancelled tells its handler', async (t) => {
  const { hub, begun, mayEnd, lost } = await heldUp(t, { leaseSeconds: 5 });
  const id = await send(hub, {});
  const { signal } = await begun.opened;
  signal.addEventListener('abort', () => mayEnd.release());
  await hub.call('POST', `/v1/messages/${id}/cancel`, {});
  assert.equal((await lost.opened).message.id, id);
});

test('stopping finishes what was begun and gives the rest back untried at once', async (t) => {
  const { hub, worker, begun, mayEnd } = await heldUp(t, { prefetch: 3 });
  const ids = [await send(hub, {}), await send(hub, {}), await send(hub, {}), await send(hub, {})];
  await begun.opened;
  const claimed = (await hub.call('GET', '/v1/modules/Worker/health')).body;
  assert.ok(claimed.leased <= 3);
  const stopped = worker.stop();
  await whenEvent(hub, { types: 'delivery.released' });
  assert.equal(await stateOf(hub, ids[0]!), 'leased');
  mayEnd.release();
  await stopped;
  const states = [];
  for (const id of ids) states.push(await stateOf(hub, id));
  assert.deepEqual(states, ['done', 'pending', 'pending', 'pending']);
});

test('it waits for a hub that is not there yet, and says so', async (t) => {
  const folder = await makeFolder(t);
  const first = await startTestHub(t, { folder });
  await register(first, 'Producer', 'Worker');
  await first.stop();
  const line = await openCuttableLine(t, first.url);
  const trouble = latch<Error>();
  const client = openClient(t, { url: line.url, key: first.key });
  stopAfter(
    t,
    client.consume('Worker', () => ({ payload: 'here' }), { onTrouble: trouble.release }),
  );
  assert.equal((await trouble.opened).name, 'HubUnreachable');
  const second = await startTestHub(t, { folder });
  line.leadTo(second.url);
  assert.equal(await replyOf(second, await send(second, {})), 'here');
});

test('a key that is refused or revoked ends it', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const wrong = openClient(t, { url: hub.url, key: 'grk_wrong' });
  await assert.rejects(wrong.consume('Worker', () => undefined).closed, { code: 'unauthenticated' });
  const { id, key } = await createKey(hub, { scope: 'module', module: 'Worker' });
  const worker = openClient(t, { url: hub.url, key }).consume('Worker', () => ({ payload: 'still here' }));
  assert.equal(await replyOf(hub, await send(hub, {})), 'still here');
  await hub.call('DELETE', `/v1/keys/${id}`);
  await assert.rejects(worker.closed, { code: 'unauthenticated' });
});

test('a module that nobody knows, or that is removed, ends it', async (t) => {
  const hub = await startTestHub(t);
  await register(hub, 'Producer', 'Worker');
  const client = openClient(t, hub);
  await assert.rejects(client.consume('Nobody', () => undefined).closed, { code: 'module_not_found' });
  const worker = client.consume('Worker', () => ({ payload: 'here' }));
  await replyOf(hub, await send(hub, {}));
  await hub.call('DELETE', '/v1/modules/Worker?force=true');
  await assert.rejects(worker.closed, { code: 'module_not_found' });
});
