import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, request, startTestHub } from '../support/test-hub.js';

test('a hub that runs is alive and ready, and says by which checks', async (t) => {
  const hub = await startTestHub(t);
  const alive = await request(`${hub.url}/livez`, { method: 'GET' });
  assert.deepEqual([alive.status, alive.body], [200, { status: 'ok' }]);
  const ready = await request(`${hub.url}/readyz`, { method: 'GET' });
  assert.deepEqual([ready.status, ready.body.status], [200, 'ready']);
  const checks = Object.values<{ ok: boolean }>(ready.body.checks);
  assert.ok(checks.length > 0 && checks.every(({ ok }) => ok));
});

test('the numbers of a new hub', async (t) => {
  const clock = new FakeClock();
  const hub = await startTestHub(t, { clock });
  clock.advance(90_500);
  const { body } = await hub.call('GET', '/v1/stats');
  assert.deepEqual([body.uptimeSeconds, body.modules, body.instances], [90.5, 0, 0]);
  assert.deepEqual(body.messages, { pending: 0, leased: 0, dead: 0 });
  assert.deepEqual(
    [body.events, body.turns, body.cost],
    [
      { oldestSeq: 1, lastSeq: 1 },
      { running: 0, waiting: 0 },
      { todayUsd: 0, byModule: [], byConversation: [], byDay: [] },
    ],
  );
  assert.match(body.version, /^\d+\.\d+\.\d+/);
  assert.match(body.epoch, /^[\w-]{12}$/);
});

test('the numbers follow what happens', async (t) => {
  const hub = await startTestHub(t);
  for (const name of ['A', 'B']) await hub.call('PUT', `/v1/modules/${name}`, {});
  for (let count = 0; count < 3; count++)
    await hub.call('POST', '/v1/messages', { from: 'A', to: 'B', maxAttempts: 1 });
  const { body: claimed } = await hub.call('POST', '/v1/modules/B/claim', { max: 2 });
  const [{ delivery }] = claimed.items;
  await hub.call('POST', `/v1/deliveries/${delivery.id}/fail`, {
    lease: delivery.lease,
    error: { code: 'broken', message: 'It broke.' },
  });
  const { modules, messages } = (await hub.call('GET', '/v1/stats')).body;
  assert.deepEqual([modules, messages], [2, { pending: 1, leased: 1, dead: 1 }]);
});

test('a hub that starts or stops is alive, not ready, and takes no new work', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/A', {});
  const stopping = hub.stop();
  const { statusCode, body } = await hub.hub.app.inject({ method: 'GET', url: '/readyz' });
  assert.deepEqual([statusCode, JSON.parse(body).status], [503, 'draining']);
  assert.equal((await hub.hub.app.inject({ method: 'GET', url: '/livez' })).statusCode, 200);
  const headers = { authorization: `Bearer ${hub.key}` };
  const refused = await hub.hub.app.inject({ method: 'POST', url: '/v1/messages', headers, payload: {} });
  assert.deepEqual([refused.statusCode, refused.json().code, refused.headers['retry-after']], [503, 'draining', '5']);
  await stopping;
});
