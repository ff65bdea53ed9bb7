import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { spawnHub, startHubProcess } from '../support/hub-process.js';

test('a hub says where it listens and where its key is, writes the same down for programs, and keeps others off', async (t) => {
  const before = Date.now();
  const hub = await startHubProcess(t);
  assert.match(hub.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(
    hub.stdout(),
    `Granger Hub listens on ${hub.url}\nThe admin key is in ${join(hub.folder, 'admin.key')}\n`,
  );
  const { startedAt, version, ...written } = JSON.parse(await readFile(join(hub.folder, 'hub.json'), 'utf8'));
  assert.deepEqual(written, { url: hub.url, pid: hub.child.pid });
  assert.equal(version, (await hub.call('GET', '/v1/stats')).body.version);
  assert.ok(Date.parse(startedAt) >= before && Date.parse(startedAt) <= Date.now());
  assert.equal((await stat(join(hub.folder, 'admin.key'))).mode & 0o777, 0o600);
  await t.test('a second hub on the same folder says so and ends with 1, and the first goes on', async (t) => {
    const { code, stdout, stderr } = await (await spawnHub(t, { folder: hub.folder })).ended;
    assert.deepEqual([code, stdout], [1, '']);
    assert.ok(stderr.includes(`Another hub is running on ${hub.folder}.`), stderr);
    assert.match(stderr, /GRANGER_DATA/);
    assert.equal((await hub.call('GET', '/readyz')).status, 200);
    const { pid } = JSON.parse(await readFile(join(hub.folder, 'hub.json'), 'utf8'));
    assert.equal(pid, hub.child.pid);
  });
});

test('a hub whose port is taken says so and ends with 1', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as { port: number };
  const { code, stderr } = await (await spawnHub(t, { settings: { GRANGER_PORT: String(port) } })).ended;
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`could not start: .*EADDRINUSE.*${port}`));
});
