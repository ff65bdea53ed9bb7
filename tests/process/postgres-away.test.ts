import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { startHubProcess } from '../support/hub-process.js';
import { startPostgres } from '../support/postgres-server.js';

const MOST_WAIT_MS = 2000;

test('while PostgreSQL is away writes are refused at once, memory is read on, and when it is back the hub is well', async (t) => {
  const server = await startPostgres();
  t.after(() => server.stop());
  const hub = await startHubProcess(t, { settings: { GRANGER_DATABASE_URL: server.url } });
  for (const module of ['Producer', 'Worker', 'Idle']) await hub.call('PUT', `/v1/modules/${module}`, {});
  const send = (n: number) => hub.call('POST', '/v1/messages', { from: 'Producer', to: 'Worker', payload: { n } });
  assert.equal((await send(0)).status, 201);

  await server.pause();
  for (let n = 1; n <= 3; n++) {
    const start = performance.now();
    const { status, headers, body } = await send(n);
    assert.deepEqual([status, body.code, headers.get('retry-after')], [503, 'database_busy', '1']);
    assert.ok(performance.now() - start < MOST_WAIT_MS);
  }
  assert.equal((await hub.call('GET', '/v1/modules/Worker')).status, 200);
  assert.equal((await hub.call('GET', '/v1/messages')).status, 503);
  for (const module of ['Worker', 'Idle']) {
    const { status, body } = await hub.call('POST', `/v1/modules/${module}/claim`, {});
    assert.deepEqual([status, body.code], [503, 'database_busy'], module);
  }

  await server.resume();
  await eventually(async () => (await send(4)).status === 201);
  const claimed = await hub.call('POST', '/v1/modules/Worker/claim', { max: 10 });
  assert.deepEqual(
    claimed.body.items.map(({ message }: { message: { payload: { n: number } } }) => message.payload.n),
    [0, 4],
  );
});
