import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { assert as forAll, integer, property, record } from 'fast-check';
import { moduleStatus } from '../../src/modules/module-state.js';
import { FakeClock, startTestHub } from '../support/test-hub.js';

const limits = { staleAfterMs: 60_000, offlineAfterMs: 300_000 };

const silences: readonly [silentMs: number, status: string][] = [
  [0, 'active'],
  [59_999, 'active'],
  [60_000, 'stale'],
  [299_999, 'stale'],
  [300_000, 'offline'],
  [Number.MAX_SAFE_INTEGER, 'offline'],
];

for (const [silentMs, status] of silences) {
  test(`a module that was silent for ${silentMs} ms is ${status}, unless the hub runs it`, () => {
    assert.equal(moduleStatus(0, false, silentMs, limits), status);
    assert.equal(moduleStatus(0, true, silentMs, limits), 'active');
  });
}

test('the longer a module is silent the worse its status, whatever the limits', () => {
  const order = ['active', 'stale', 'offline'];
  const times = record({
    staleAfterMs: integer({ min: 1, max: 1000 }),
    more: integer({ min: 0, max: 1000 }),
    silentMs: integer({ min: 0, max: 3000 }),
  });
  const isNoBetter = ({
    staleAfterMs,
    more,
    silentMs,
  }: Record<'staleAfterMs' | 'more' | 'silentMs', number>): boolean => {
    const at = (now: number) =>
      order.indexOf(moduleStatus(0, false, now, { staleAfterMs, offlineAfterMs: staleAfterMs + more }));
    return at(silentMs + 1) >= at(silentMs);
  };
  forAll(property(times, isNoBetter));
});

async function startWithWorker(t: TestContext) {
  const clock = new FakeClock();
  const settings = { GRANGER_STALE_SECONDS: '60', GRANGER_OFFLINE_SECONDS: '300' };
  const hub = await startTestHub(t, { clock, settings });
  await hub.call('PUT', '/v1/modules/Worker', { capabilities: ['work'] });
  const status = async (name = 'Worker'): Promise<string> => (await hub.call('GET', `/v1/modules/${name}`)).body.status;
  const silentFor = (seconds: number): void => clock.advance(seconds * 1000);
  return { hub, clock, status, silentFor };
}

test('a module turns stale, then offline, and a heartbeat brings it back', async (t) => {
  const { hub, clock, status, silentFor } = await startWithWorker(t);
  const seen: string[] = [await status()];
  silentFor(60);
  seen.push(await status());
  silentFor(240);
  seen.push(await status());
  await hub.call('POST', '/v1/modules/Worker/heartbeat', {});
  seen.push(await status());
  assert.deepEqual(seen, ['active', 'stale', 'offline', 'active']);
  const { lastHeartbeatAt } = (await hub.call('GET', '/v1/modules/Worker')).body;
  assert.equal(lastHeartbeatAt, new Date(clock.now()).toISOString());
});

test('a claim is a sign of life, also one that finds nothing', async (t) => {
  const { hub, status, silentFor } = await startWithWorker(t);
  silentFor(300);
  assert.equal(await status(), 'offline');
  assert.deepEqual((await hub.call('POST', '/v1/modules/Worker/claim', {})).body.items, []);
  assert.equal(await status(), 'active');
});

test('modules are found by their status', async (t) => {
  const { hub, silentFor } = await startWithWorker(t);
  silentFor(100);
  await hub.call('PUT', '/v1/modules/Fresh', {});
  const found = async (status: string) =>
    (await hub.call('GET', `/v1/modules?status=${status}`)).body.items.map(({ name }: { name: string }) => name);
  assert.deepEqual([await found('active'), await found('stale'), await found('offline')], [['Fresh'], ['Worker'], []]);
});

test('a capability leads to who lives; a stale module still does, an offline one does not', async (t) => {
  const { hub, silentFor } = await startWithWorker(t);
  await hub.call('PUT', '/v1/modules/Asker', {});
  const send = () => hub.call('POST', '/v1/messages', { from: 'Asker', capability: 'work' });
  silentFor(299);
  assert.equal((await send()).body.deliveries[0].module, 'Worker');
  silentFor(1);
  const { status, body } = await send();
  assert.deepEqual([status, body.code], [409, 'no_capable_module']);
});

test('an agent lives as long as the hub', async (t) => {
  const { hub, status, silentFor } = await startWithWorker(t);
  await hub.call('PUT', '/v1/modules/Agent', { runtime: 'claude' });
  silentFor(86_400);
  assert.equal(await status('Agent'), 'active');
});

test('how long a module was silent is known after a restart too', async (t) => {
  const { hub, clock } = await startWithWorker(t);
  await hub.stop();
  clock.advance(120_000);
  const again = await startTestHub(t, { clock, folder: hub.folder });
  assert.equal((await again.call('GET', '/v1/modules/Worker')).body.status, 'stale');
});
