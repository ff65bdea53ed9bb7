import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { connectBeside } from '../support/test-database.js';
import { makeFolder, startTestHub } from '../support/test-hub.js';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const isAnswering = (url: string): Promise<boolean> =>
  fetch(`${url}/livez`).then(
    () => true,
    () => false,
  );

test('a start that fails leaves nothing running, and the folder free', async (t) => {
  const folder = await makeFolder(t);
  const port = await freePort();
  const settings = { GRANGER_MODULES: join(folder, 'missing'), GRANGER_PORT: String(port) };
  await assert.rejects(startTestHub(t, { folder, settings }), /ENOENT.*missing/);
  assert.equal(await isAnswering(`http://127.0.0.1:${port}`), false);
  assert.equal(await isAnswering((await startTestHub(t, { folder })).url), true);
});

test('a hub that can write no more stops all the same', async (t) => {
  const hub = await startTestHub(t);
  connectBeside(t, hub.folder).exec('alter table events rename to lost');
  await hub.stop();
  assert.equal(await isAnswering(hub.url), false);
  connectBeside(t, hub.folder).exec('alter table lost rename to events');
  assert.equal(await isAnswering((await startTestHub(t, { folder: hub.folder })).url), true);
});

test('who waits for a reply when the hub stops is told that there is none yet', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/A', {});
  const { body: sent } = await hub.call('POST', '/v1/messages', { from: 'A', to: 'A' });
  const reply = hub.call('GET', `/v1/messages/${sent.id}/reply?wait=60`);
  const request = hub.call('POST', '/v1/messages?wait=60', { from: 'A', to: 'A', type: 'question' });
  await eventually(async () => (await hub.call('GET', '/v1/messages?type=question')).body.items.length === 1);
  await hub.stop();
  assert.equal((await reply).status, 204);
  const { status, body } = await request;
  assert.deepEqual([status, body.deliveries[0].state, body.reply], [202, 'pending', undefined]);
});

test('a hub that was stopped, once or often, starts again where it was', async (t) => {
  const hub = await startTestHub(t);
  await hub.call('PUT', '/v1/modules/Worker', {});
  const { epoch } = (await hub.call('GET', '/v1/stats')).body;
  await Promise.all([hub.stop(), hub.stop()]);
  await hub.stop();
  const again = await startTestHub(t, { folder: hub.folder });
  assert.equal(again.key, hub.key);
  assert.equal((await again.call('GET', '/v1/modules/Worker')).status, 200);
  assert.equal((await again.call('GET', '/v1/stats')).body.epoch, epoch);
  const types = (await again.call('GET', '/v1/events')).body.items.map(({ type }: { type: string }) => type);
  assert.deepEqual(types, ['hub.started', 'module.registered', 'hub.stopping', 'hub.started']);
});
